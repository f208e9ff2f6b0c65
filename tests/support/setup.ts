// Decorators of the resolvers need it before they are loaded.
import 'reflect-metadata';
import { afterAll } from 'vitest';
import { cleanUp } from './cleanup.js';

// Runs before each test file: the files of a worker share their modules (isolate: false), but not what they have started.
afterAll(cleanUp);
