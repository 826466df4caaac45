/** Holds the classes of the assembly against the offsets in layout.ts, which the door reads by: a difference does not compile. */
import { Block } from './blocks';
import * as layout from './layout';
import { UnknownField } from './unknown-fields';

if (offsetof<Block>('sequence') != layout.BLOCK_SEQUENCE) ERROR('BLOCK_SEQUENCE');
if (offsetof<Block>('measurement') != layout.BLOCK_MEASUREMENT) ERROR('BLOCK_MEASUREMENT');
if (offsetof<Block>('rows') != layout.BLOCK_ROWS) ERROR('BLOCK_ROWS');
if (offsetof<Block>('capacity') != layout.BLOCK_CAPACITY) ERROR('BLOCK_CAPACITY');
if (offsetof<Block>('series') != layout.BLOCK_SERIES) ERROR('BLOCK_SERIES');
if (offsetof<Block>('times') != layout.BLOCK_TIMES) ERROR('BLOCK_TIMES');
if (offsetof<Block>('ordinals') != layout.BLOCK_ORDINALS) ERROR('BLOCK_ORDINALS');
if (offsetof<Block>('columns') != layout.BLOCK_COLUMNS) ERROR('BLOCK_COLUMNS');
if (offsetof<Block>('fieldCount') != layout.BLOCK_FIELD_COUNT) ERROR('BLOCK_FIELD_COUNT');
if (offsetof<Block>('announcements') != layout.BLOCK_ANNOUNCEMENTS) ERROR('BLOCK_ANNOUNCEMENTS');
if (offsetof<Block>('announcementsMax') != layout.BLOCK_ANNOUNCEMENTS_MAX) ERROR('BLOCK_ANNOUNCEMENTS_MAX');
if (offsetof<Block>('announcedIds') != layout.BLOCK_ANNOUNCED_IDS) ERROR('BLOCK_ANNOUNCED_IDS');
if (offsetof<Block>('announcedEnds') != layout.BLOCK_ANNOUNCED_ENDS) ERROR('BLOCK_ANNOUNCED_ENDS');
if (offsetof<Block>('announcedFresh') != layout.BLOCK_ANNOUNCED_FRESH) ERROR('BLOCK_ANNOUNCED_FRESH');
if (offsetof<Block>('announcedKeys') != layout.BLOCK_ANNOUNCED_KEYS) ERROR('BLOCK_ANNOUNCED_KEYS');
if (offsetof<Block>('keysUsed') != layout.BLOCK_KEYS_USED) ERROR('BLOCK_KEYS_USED');
if (offsetof<Block>('keysMax') != layout.BLOCK_KEYS_MAX) ERROR('BLOCK_KEYS_MAX');
if (offsetof<Block>('freshCount') != layout.BLOCK_FRESH_COUNT) ERROR('BLOCK_FRESH_COUNT');
if (offsetof<Block>('rowBytes') != layout.BLOCK_ROW_BYTES) ERROR('BLOCK_ROW_BYTES');
if (offsetof<Block>('next') != layout.BLOCK_NEXT) ERROR('BLOCK_NEXT');
if (offsetof<Block>() > <usize>layout.BLOCK_BYTES) ERROR('BLOCK_BYTES');

if (offsetof<UnknownField>('measurement') != layout.UNKNOWN_MEASUREMENT) ERROR('UNKNOWN_MEASUREMENT');
if (offsetof<UnknownField>('measurementLength') != layout.UNKNOWN_MEASUREMENT_LENGTH) ERROR('UNKNOWN_MEASUREMENT_LENGTH');
if (offsetof<UnknownField>('field') != layout.UNKNOWN_FIELD) ERROR('UNKNOWN_FIELD');
if (offsetof<UnknownField>('fieldLength') != layout.UNKNOWN_FIELD_LENGTH) ERROR('UNKNOWN_FIELD_LENGTH');
if (offsetof<UnknownField>('type') != layout.UNKNOWN_TYPE) ERROR('UNKNOWN_TYPE');
if (offsetof<UnknownField>() > <usize>layout.UNKNOWN_BYTES) ERROR('UNKNOWN_BYTES');
