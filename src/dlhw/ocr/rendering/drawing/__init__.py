"""What `dlhw.ocr.rendering.rendered` draws a word with: letters, their geometry, grounds, light, camera.

Masks are `(h, w)` uint8, 255 where there is ink. Paint is `(3, h, w)` float32, RGB in 0..1; a colour is `(3, 1, 1)`.
"""
