import type { NewFeaturePlace } from './feature-fixtures.ts';
import { readingContract } from './feature-store-reading.contract.ts';
import { searchContract } from './feature-store-search.contract.ts';
import { writingContract } from './feature-store-writing.contract.ts';

/** What every feature store does. */
export function featureStoreContract(name: string, newPlace: NewFeaturePlace): void {
  writingContract(name, newPlace);
  searchContract(name, newPlace);
  readingContract(name, newPlace);
}
