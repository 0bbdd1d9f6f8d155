import { Misconfigured, messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';

/** Codes after which asking again cannot help until a person changes a queue, a policy or a credential. */
const codesForAPerson: ReadonlySet<string> = new Set([
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'QueueDeletedRecently',
  'InvalidAddress',
  'InvalidSecurity',
  'UnsupportedOperation',
  'AccessDenied',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'KmsAccessDenied',
  'KmsDisabled',
  'KmsInvalidKeyUsage',
  'KmsInvalidState',
  'KmsNotFound',
  'KmsOptInRequired',
  // Answered by the embedded server alone, once it could not write its files.
  'QueueStorageFailed',
]);

/**
 * The domain's error for whatever the SDK threw while `doing` something. What is not known to need a person counts as
 * transient, because the SDK names network failures in many ways and a worker that retries loses nothing.
 */
export function translated(error: unknown, doing: string): Error {
  if (error instanceof TransientError || error instanceof Misconfigured || error instanceof RejectedInput) return error;
  const name = error instanceof Error ? error.name : '';
  const text = `Cannot ${doing}: ${describe(error)}`;
  return codesForAPerson.has(name)
    ? new Misconfigured(text, { cause: error })
    : new TransientError(text, { cause: error });
}

/** Connection failures to several addresses arrive as an AggregateError without a message of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  const message = messageOf(error);
  return error instanceof Error && error.name !== 'Error' ? `${error.name}: ${message}` : message;
}
