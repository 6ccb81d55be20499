"""What a run says at a glance: plain data and text, made for terminals, notebooks and programs.

Nothing here prints. The modules are imported one by one, so that a command that only needs the
wording loads nothing else.
"""
