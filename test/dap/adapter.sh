#!/bin/sh
# The debug adapter that the client starts: it gives no arguments.
exec "${SKEP:-skep}" debug --dap
