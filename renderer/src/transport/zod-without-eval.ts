// Tells zod, before the first schema is made, not to compile schemas with `new Function`: our content security policy
// forbids it. Imported first by `main.tsx`.
import { z } from 'zod';

z.config({ jitless: true });
