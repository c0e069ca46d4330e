"""What `dlhw.ocr.rendering.word` draws a word with: letters, their geometry, what lies behind, light, and the camera.

Masks are `(h, w)` uint8, 255 where there is ink. Paint is `(3, h, w)` float32, RGB in 0..1; a colour is `(3, 1, 1)`.
"""
