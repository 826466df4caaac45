/** A class of Unicode has hundreds of ranges, which are read one by one. */
const UNICODE_CLASS_SIZE = 50;
const UNICODE_CLASS = /\\[pP]/g;
const TOKEN =
  /\\Q(?<quoted>.*?)(?:\\E|$)|(?<unicode>\\[pP](?:\{[^}]*\}|.))|\\x\{[^}]*\}|\\.|(?<class>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]?)|\{(?<least>\d+)(?<more>,(?<most>\d*))?\}|(?<one>.)/gsu;

/**
 * About how many states RE2 has for a pattern when what is repeated is written out: at least half of it. It takes time in proportion to
 * the text, so that a pattern can be refused before it is compiled. What is no pattern has some size too.
 */
export function patternSize(pattern: string): number {
  /** Of the groups that are open: all of each, and its last item, which a repetition behind it repeats. */
  const open = [{ all: 1, last: 0 }];
  for (const { groups = {} } of pattern.matchAll(TOKEN)) {
    const group = open.at(-1);
    if (!group) break;
    const { quoted, unicode, class: characters, least, more, most, one } = groups;
    if (one === '(') {
      open.push({ all: 0, last: 0 });
    } else if (one === ')') {
      if (open.length === 1) break;
      open.pop();
      // A group that captures is two states itself.
      add(open.at(-1) as Group, group.all + 2);
    } else if (least !== undefined) {
      const times = most ? Number(most) : Number(least) + (more ? 1 : 0);
      group.all += group.last * (Math.max(times, 1) - 1);
      group.last *= Math.max(times, 1);
    } else if (one !== undefined && '*+?|'.includes(one)) {
      group.all++;
      if (one === '|') group.last = 0;
      else group.last++;
    } else {
      add(group, itemSize(quoted, unicode ?? characters));
    }
  }
  return open.reduce((sum, { all }) => sum + all, 0);
}

/** Of a literal text, a class, or a single character. */
function itemSize(quoted: string | undefined, characters = ''): number {
  if (quoted !== undefined) return quoted.length;
  const unicodeCount = characters.match(UNICODE_CLASS)?.length ?? 0;
  return Math.max(1, characters.length >> 1) + unicodeCount * UNICODE_CLASS_SIZE;
}

interface Group {
  all: number;
  last: number;
}

function add(group: Group, size: number): void {
  group.all += size;
  group.last = size;
}
