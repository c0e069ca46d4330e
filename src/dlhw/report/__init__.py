"""The homework regenerated on one page: the only room that knows all three questions.

In reading order::

    Scale                     how much of each training: quick, full         dlhw.report.scale
    Section, Row, Figure      the result of a part: plain values             dlhw.report.section
    PARTS                     the ten parts of the homework                  dlhw.report.parts
    question1 … question3     how each is made, from the commands' functions
    Reproduction              the experiment: parts and runs, resumable      dlhw.report.reproduction
    render_page(...)          the page, from the sections alone              dlhw.report.page
"""
