// The library that makes certificates, behind what must be there before it. Imported on demand, and so a file of its own.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export { x509 };
