import { afterAll } from 'vitest';
import { cleanUp } from './cleanup.js';

// Runs before each test file: the files of a worker share their modules (isolate: false), but not what they have started.
afterAll(cleanUp);
