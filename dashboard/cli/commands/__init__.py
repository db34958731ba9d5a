"""The commands, one file each: arguments in, a pipeline called, a result out."""
