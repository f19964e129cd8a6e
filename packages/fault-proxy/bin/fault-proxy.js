#!/usr/bin/env node
// npm links a command when it installs, before anything is built: the linked file has to be one that is always there.
import "../dist/bin.js";
