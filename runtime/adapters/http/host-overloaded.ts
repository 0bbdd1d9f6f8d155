import { TransientError } from '../../domain/errors.ts';

/** The whole host is asked too much, not only for this page: whoever asks it next waits, too. */
export class HostOverloaded extends TransientError {}
