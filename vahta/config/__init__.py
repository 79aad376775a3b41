"""Reads ``config.toml``: what is wrong with it, all at once and with the remedy, or a Config."""

from vahta.config.loaded import Config
from vahta.config.loader import load, load_state_dir
from vahta.config.problems import ConfigError, Problem, format_problems

__all__ = ["Config", "ConfigError", "Problem", "format_problems", "load", "load_state_dir"]
