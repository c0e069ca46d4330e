"""The painter's studio behind `dlhw.cnn.landscapes`: brushes, light, and one recipe for each kind of scene.

Everything is drawn a block of images at a time. Shapes are `(B, 3, SIDE, SIDE)` for a block of images,
`(B, SIDE, SIDE)` for a mask, and `(B, 1, 1)` or `(B, 3, 1, 1)` for a number or a colour that each image has
for itself, so that plain numpy broadcasting puts a recipe on every image of the block at once.
"""
