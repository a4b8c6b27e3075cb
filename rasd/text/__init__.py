"""The text layer: Arabic characters, normalisation with offsets, words and sentences.

Everything here uses the standard library only. Spans are half-open and count code points of the source text, unless
a name says `normalized`.
"""
