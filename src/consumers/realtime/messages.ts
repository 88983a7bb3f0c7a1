import { parseProjection } from '../../http/projection.ts';
import { frame } from '../../http/sse.ts';
import type { Schema } from '../../model/collection.ts';
import { type Expander, parseExpand } from '../../services/records/expand.ts';
import type { Topic } from '../../services/realtime/topics.ts';
import type { ViewerClass } from './audience.ts';
import type { RecordEvent } from './record-events.ts';

/** Writes what clients are sent about changes of records. */
export class Messages {
  readonly #expander: Expander;

  constructor(expander: Expander) {
    this.#expander = expander;
  }

  /** The framed event without its `id` line, as this class of viewers sees the record. */
  async write(event: RecordEvent, topic: Topic, schema: Schema, viewerClass: ViewerClass): Promise<Buffer> {
    const tree = parseExpand(topic.query.expand ?? '');
    const options = { purpose: 'show' } as const;
    const [record] = await this.#expander.present(schema, [event.record], tree, viewerClass.info, options);
    const fields = topic.query.fields ?? '';
    const projection = fields === '' ? undefined : parseProjection(fields);
    const shown = projection === undefined || projection === 'malformed' ? record : projection.apply(record);
    const data = JSON.stringify({ action: event.action, record: shown });
    // The name is the client's own text; a line break in it would begin a line of its own.
    const name = topic.text.replace(/[\r\n\0]/g, ' ');
    return frame(`event:${name}\ndata:${data}\n\n`);
  }
}
