"""``dlhw cnn study``: small kernels, pooling and normalisation, each measured by itself (Question 2.4)."""
