"""What the commands of `partner-center` do: here, besides `app`, the parts of the console meet.

Printing goes through click. What a person has to mend leaves a command as a click exception with one
sentence; nothing here decides what a page may show.
"""
