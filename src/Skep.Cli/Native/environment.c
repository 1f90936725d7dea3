// SPDX-License-Identifier: Apache-2.0
/*
 * Leaves of the environment what docs/environment.md names. The .NET runtime reads DOTNET_ variables before Main, some of them when it is
 * initialized, so this runs before all of it. /proc/self/environ still has what was given: skep watch hands that to its command.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ZONES "/usr/share/zoneinfo/"

extern char **environ;

static char zone[128];

static int only(const char *text, const char *punctuation)
{
	size_t length = 0;

	for (; text[length]; length++)
		if (!isalnum((unsigned char)text[length]) && !strchr(punctuation, text[length]))
			return 0;
	return length < 64;
}

/* A name of the zone database, as a variable without what TZ may have before it; NULL when it is none. */
static char *zone_of(const char *name)
{
	char path[sizeof(ZONES) + 64];
	struct stat found;

	name += *name == ':';
	if (!strncmp(name, ZONES, strlen(ZONES)))
		name += strlen(ZONES);
	if (*name == '/' || strstr(name, "..") || !only(name, "_+-/"))
		return NULL;
	snprintf(path, sizeof(path), ZONES "%s", name);
	if (*name && (stat(path, &found) || !S_ISREG(found.st_mode)))
		return NULL;
	snprintf(zone, sizeof(zone), "TZ=%s", name);
	return zone;
}

static char *honoured(char *variable)
{
	static const char *const plain[] = {
		"PATH=", "NO_COLOR=", "LC_ALL=", "LC_CTYPE=", "LANG=", "NOTIFY_SOCKET=", "WATCHDOG_PID=", "WATCHDOG_USEC=",
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (!strncmp(variable, plain[i], strlen(plain[i])))
			return variable;
	if (!strncmp(variable, "TERM=", 5))
		return only(variable + 5, "_+-.") ? variable : NULL;
	return strncmp(variable, "TZ=", 3) ? NULL : zone_of(variable + 3);
}

__attribute__((constructor(101))) static void keep_what_is_honoured(void)
{
	static char *kept[16];
	size_t count = 0;

	for (char **variable = environ; variable && *variable; variable++) {
		char *taken = honoured(*variable);

		if (taken && count + 1 < sizeof(kept) / sizeof(*kept))
			kept[count++] = taken;
	}
	environ = kept;
}
