"""Subcommands of the command line, a module each; each adds its own parser."""
