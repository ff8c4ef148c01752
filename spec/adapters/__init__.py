"""Factories for loops that no call of their own makes: they need an application, a context, a parent loop or a patch.

They stand beside the registry that names them, and not with the runners, because whoever reads the registry needs
them: the suite does (``pytest --loop qasync``), and it knows nothing of the runners. They are imported by that name
alone, in the process under test, so that ``spec`` itself depends on none of these packages. A certificate names the
loop's own distribution, never loopcert's: the registry's ``module`` says where the code of the loop is.
"""
