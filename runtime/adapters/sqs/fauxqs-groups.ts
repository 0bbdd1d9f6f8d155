import type { BuildAppOptions } from 'fauxqs';

type SqsStore = NonNullable<BuildAppOptions['stores']>['sqsStore'];
type FauxqsQueue = ReturnType<SqsStore['createQueue']>;
type Waiting = FauxqsQueue['fifoMessages'];
type WaitingMessage = NonNullable<ReturnType<Waiting['get']>>[number];

/** Makes every queue that the store has or will have hand out groups as SQS does, see `shareGroups`. */
export function shareGroupsOf(store: SqsStore): void {
  for (const queue of store.allQueues()) shareGroups(queue);
  const createQueue = store.createQueue.bind(store);
  store.createQueue = (...settings) => {
    const queue = createQueue(...settings);
    shareGroups(queue);
    return queue;
  };
}

/**
 * SQS fills an answer with as many messages of a group as there are, and locks the group until all of them are settled.
 * fauxqs gives one, so that a group of 2,000 pages would take 2,000 requests, one page at a time. And where several
 * messages of a group come back together, fauxqs puts each before the last: here they come back in their order.
 */
function shareGroups(queue: FauxqsQueue): void {
  queue.fifoMessages = new OrderedGroups(queue.fifoMessages);
  const dequeue = queue.dequeue.bind(queue);
  queue.dequeue = (most, visibilityTimeout, findDeadLetterQueue) => {
    const lockedBefore = new Map(queue.fifoLockedGroups);
    const received = dequeue(most, visibilityTimeout, findDeadLetterQueue);
    for (let more = received; more.length > 0 && received.length < most; received.push(...more)) {
      const mine = [...queue.fifoLockedGroups].filter(([group]) => !lockedBefore.has(group));
      for (const [group] of mine) queue.fifoLockedGroups.delete(group);
      more = dequeue(most - received.length, visibilityTimeout, findDeadLetterQueue);
      for (const [group, held] of mine) {
        queue.fifoLockedGroups.set(group, held + (queue.fifoLockedGroups.get(group) ?? 0));
      }
    }
    return received;
  };
}

/** Messages that wait, by group. A message that is put back before the others goes where its number belongs. */
class OrderedGroups extends Map<string, WaitingMessage[]> {
  override set(group: string, messages: WaitingMessage[]): this {
    const [first, second] = messages;
    if (first !== undefined && second !== undefined && numberOf(first) > numberOf(second)) {
      messages.sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1));
    }
    return super.set(group, messages);
  }
}

function numberOf({ sequenceNumber }: WaitingMessage): bigint {
  return BigInt(sequenceNumber ?? 0);
}
