using System.Globalization;
using Skep.Guard.Model;
using Skep.Output;

namespace Skep.Guard.Syntax;

/// <summary>Reads the values of conditions.</summary>
internal static class ValueReader
{
    private const int MinutesOfDay = 24 * 60, DaysOfWeek = 7, ShortContainerId = 12, LongestPattern = 255;

    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// <summary>Reads a value that is a string.</summary>
    /// <param name="info">What it is a value of.</param>
    /// <param name="text">The string.</param>
    /// <param name="values">Takes the values: a time of several days is several.</param>
    /// <returns>What is wrong with it, and what to do; null when nothing is.</returns>
    public static (string Message, string? Suggestion)? Read(
        ConditionInfo info, string text, List<ConditionValue> values) => info.Form switch
        {
            ValueForm.Name => ReadName(info, text, values),
            ValueForm.Range => ReadRange(info, text, values),
            ValueForm.Flag => ($"{info.Key} is true or false, not a string", null),
            ValueForm.Pattern => ReadPattern(info, text, values),
            ValueForm.Digest => ReadDigest(info, text, values),
            ValueForm.CgroupPath => ReadCgroup(text, values),
            _ => ReadTime(text, values),
        };

    /// <summary>Reads a value that is an integer.</summary>
    /// <inheritdoc cref="Read(ConditionInfo, string, List{ConditionValue})"/>
    public static (string Message, string? Suggestion)? Read(ConditionInfo info, long number, List<ConditionValue> values)
    {
        if (info.Form != ValueForm.Range) return ($"{info.Key} takes {Wanted(info)}, not a number", null);
        if (number is < 0 or > uint.MaxValue) return ($"{info.Key} is a number from 0 to {uint.MaxValue}, not {number}", null);
        values.Add(new(number.ToString(CultureInfo.InvariantCulture), (ulong)number, (ulong)number));
        return null;
    }

    /// <summary>Reads a value that is true or false.</summary>
    /// <inheritdoc cref="Read(ConditionInfo, string, List{ConditionValue})"/>
    public static (string Message, string? Suggestion)? Read(ConditionInfo info, bool flag, List<ConditionValue> values)
    {
        if (info.Form != ValueForm.Flag) return ($"{info.Key} takes {Wanted(info)}, not true or false", null);
        values.Add(new(flag ? "true" : "false", flag ? 1u : 0, flag ? 1u : 0));
        return null;
    }

    /// <summary>What values of a kind are, in words.</summary>
    public static string Wanted(ConditionInfo info) => info.Form switch
    {
        ValueForm.Name => "names",
        ValueForm.Range => "numbers or ranges like \"10-20\"",
        ValueForm.Flag => "true or false",
        ValueForm.Pattern => "strings",
        ValueForm.Digest => $"strings of {2 * info.DigestBytes} hexadecimal digits",
        ValueForm.CgroupPath => "paths like \"/system.slice\"",
        _ => "times like \"Mon-Fri 08:00-18:00\"",
    };

    private static (string, string?)? ReadName(ConditionInfo info, string text, List<ConditionValue> values)
    {
        string name = info.Kind switch
        {
            ConditionKind.Helper when !text.StartsWith("bpf_", StringComparison.Ordinal) => "bpf_" + text,
            ConditionKind.Capability when !text.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) => "CAP_" + text.ToUpperInvariant(),
            ConditionKind.Capability => text.ToUpperInvariant(),
            _ => text,
        };
        for (int i = 0; i < info.Names.Count; i++)
        {
            if (info.Names[i] != name) continue;
            values.Add(new(name, (ulong)i, (ulong)i));
            return null;
        }

        return ($"there is no {Noun(info)} {text}", Spelling.DidYouMean(name, info.Names) ?? WhereListed(info));
    }

    private static string Noun(ConditionInfo info) => info.Kind switch
    {
        ConditionKind.ProgType => "program type",
        ConditionKind.ExpectedAttachType => "attach type",
        ConditionKind.Helper => "helper",
        ConditionKind.MapType => "map type",
        ConditionKind.Keyring => "keyring",
        ConditionKind.Capability => "capability",
        ConditionKind.UserNamespace => "kind of user namespace",
        _ => "finding",
    };

    private static string WhereListed(ConditionInfo info) => info.Kind switch
    {
        ConditionKind.Helper => "bpf-helpers(7) lists them",
        ConditionKind.Capability => "capabilities(7) lists them",
        ConditionKind.Finding => "docs/explain.md lists them",
        _ when info.Names.Count < 8 => $"use {string.Join(", ", info.Names)}",
        _ => "use a name that bpftool prints",
    };

    private static (string, string?)? ReadRange(ConditionInfo info, string text, List<ConditionValue> values)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        ReadOnlySpan<char> first = dash < 0 ? text : text.AsSpan(0, dash), last = dash < 0 ? text : text.AsSpan(dash + 1);
        uint low = 0, high = uint.MaxValue;
        bool isRange = text.Length > 1 || dash < 0;
        if (!isRange || (!first.IsEmpty && !IsNumber(first, out low)) || (!last.IsEmpty && !IsNumber(last, out high)) || text.Length == 0)
            return ($"{info.Key} takes a number or a range, not \"{text}\"", "write 10, \"10-20\", \"10-\" or \"-20\"");
        if (low > high) return ($"the range {text} ends before it begins", $"write \"{high}-{low}\"");
        values.Add(new(text, low, high));
        return null;
    }

    private static bool IsNumber(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static (string, string?)? ReadPattern(ConditionInfo info, string text, List<ConditionValue> values)
    {
        if (text.Length == 0) return ($"{info.Key} is empty", "leave it out to match all");
        if (System.Text.Encoding.UTF8.GetByteCount(text) > LongestPattern)
            return ($"{info.Key} has more than {LongestPattern} bytes", null);
        if (text.Contains('\0', StringComparison.Ordinal)) return ($"{info.Key} has a NUL, which no name has", null);
        if (text.IndexOf('*', StringComparison.Ordinal) != text.LastIndexOf('*'))
            return ($"{text} has more than one *", "give several patterns with one * each");
        if (info.Kind is ConditionKind.Exe && !text.StartsWith('/'))
            return ($"exe is a path, not {text}", $"write the whole path: \"/usr/bin/{text}\"");
        if (info.Kind is ConditionKind.Kfunc or ConditionKind.AttachFunction && text.Contains('*', StringComparison.Ordinal))
            return ($"{info.Key} takes names of functions, without *", null);
        if (info.Kind == ConditionKind.ProgName && text.Length > 15 && !text.Contains('*', StringComparison.Ordinal))
        {
            return ($"a program's name has at most 15 bytes, and {text} has {text.Length}",
                $"write \"{text[..15]}\", as the kernel has it");
        }

        if (info.Kind == ConditionKind.Container && text.Length < ShortContainerId && IsHexadecimal(text) && text.Length > 7)
            return ($"a container id has at least {ShortContainerId} digits here, and {text} has {text.Length}", null);
        values.Add(new(text));
        return null;
    }

    private static (string, string?)? ReadDigest(ConditionInfo info, string text, List<ConditionValue> values)
    {
        string digits = text.ToLowerInvariant();
        if (digits.Length != 2 * info.DigestBytes || !IsHexadecimal(digits))
            return ($"{info.Key} takes {2 * info.DigestBytes} hexadecimal digits, and \"{text}\" {Fault(digits)}", null);
        values.Add(new(digits));
        return null;
    }

    private static string Fault(string digits) => IsHexadecimal(digits) ? $"has {digits.Length}" : "has other characters";

    private static bool IsHexadecimal(string text) => !text.AsSpan().ContainsAnyExcept("0123456789abcdef");

    private static (string, string?)? ReadCgroup(string text, List<ConditionValue> values)
    {
        const string mount = "/sys/fs/cgroup";
        if (text.Length == 0) return ("cgroup is empty", "leave it out to match all");
        if (!text.StartsWith('/')) return ($"cgroup is a path, not {text}", $"write \"/{text}\"");
        if (text.Contains('*', StringComparison.Ordinal))
            return ("cgroup takes no *", "a cgroup stands for all below it; for units there is unit");
        string path = text == mount ? "/" : text.StartsWith(mount + "/", StringComparison.Ordinal) ? text[mount.Length..] : text;
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (path.Length == 0) path = "/";
        if (path.Contains("//", StringComparison.Ordinal) || path.Split('/').Any(part => part is "." or ".."))
            return ($"{text} is no path of a cgroup", "write it as /proc/PID/cgroup does");
        values.Add(new(path));
        return null;
    }

    // [DAY[-DAY] ]HH:MM-HH:MM, minutes of a week that begins on Monday; one that ends before it begins goes on in the next day.
    private static (string, string?)? ReadTime(string text, List<ConditionValue> values)
    {
        const string form = "write \"22:00-06:00\", \"Sat-Sun 00:00-24:00\" or \"Fri 18:00-20:00\", in UTC";
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2) return ($"\"{text}\" is no time", form);
        (int firstDay, int lastDay) = (0, DaysOfWeek - 1);
        if (words.Length == 2)
        {
            string[] days = words[0].Split('-');
            (firstDay, lastDay) = (DayOf(days[0]), DayOf(days[^1]));
            if (days.Length > 2 || firstDay < 0 || lastDay < 0)
                return ($"{words[0]} is no day of the week", $"days are {string.Join(", ", Days)}");
        }

        string[] times = words[^1].Split('-');
        if (times.Length != 2 || !IsTime(times[0], out int from) || !IsTime(times[1], out int to) || from == to || from == MinutesOfDay)
            return ($"\"{text}\" is no time", form);
        int length = to > from ? to - from : to + MinutesOfDay - from;
        for (int day = firstDay; ; day = (day + 1) % DaysOfWeek)
        {
            int start = (day * MinutesOfDay) + from, end = start + length - 1, week = DaysOfWeek * MinutesOfDay;
            values.Add(new(text, (ulong)start, (ulong)Math.Min(end, week - 1)));
            if (end >= week) values.Add(new(text, 0, (ulong)(end - week)));
            if (day == lastDay) return null;
        }
    }

    private static int DayOf(string day) => Array.FindIndex(Days, name => name.Equals(day, StringComparison.OrdinalIgnoreCase));

    private static bool IsTime(string text, out int minute)
    {
        minute = 0;
        if (text.Length != 5 || text[2] != ':') return false;
        if (!IsNumber(text.AsSpan(0, 2), out uint hours) || !IsNumber(text.AsSpan(3), out uint minutes))
            return false;
        minute = (int)((hours * 60) + minutes);
        return minutes < 60 && minute <= MinutesOfDay;
    }
}
