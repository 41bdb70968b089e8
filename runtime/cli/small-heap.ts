// Imported before everything else: an idle engine's memory counts, and V8 never gives a grown nursery back by itself.
// One that does not grow costs a busy engine a few short collections.
// Most of what an engine runs it runs seldom, and in the interpreter that takes longer than to compile it once, simply.
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--always-sparkplug');
