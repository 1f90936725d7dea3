using System.Globalization;
using System.IO.Enumeration;
using Skep.Bpf;
using Skep.Linux.Containers;

namespace Skep.Watch.Events;

/// <summary>What an event is about, to select by.</summary>
public enum EventKey
{
    /// <summary>The command, or its group.</summary>
    Cmd,

    /// <summary>The type of the program, map or link.</summary>
    Type,

    /// <summary>The name of the thread.</summary>
    Comm,

    /// <summary>The executable.</summary>
    Exe,

    /// <summary>The cgroup, or one above it.</summary>
    Cgroup,

    /// <summary>The container.</summary>
    Container,

    /// <summary>systemd's unit.</summary>
    Unit,

    /// <summary>The process.</summary>
    Pid,

    /// <summary>The user.</summary>
    Uid,
}

/// <summary>A condition that an event meets or not: <c>comm=systemd</c>.</summary>
/// <param name="Key">What is compared.</param>
/// <param name="Pattern">With what: <c>*</c> stands for any characters, <c>?</c> for one, a backslash for the character behind it.</param>
public sealed record EventCondition(EventKey Key, string Pattern)
{
    private const string CgroupMount = "/sys/fs/cgroup", Deleted = " (deleted)";
    private const int ShortId = 12;

    /// <summary>The names of keys, by <see cref="EventKey"/>.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["cmd", "type", "comm", "exe", "cgroup", "container", "unit", "pid", "uid"];

    /// <summary>The condition of a text; null when it is none.</summary>
    /// <param name="text"><c>KEY=PATTERN</c>.</param>
    /// <param name="mistake">Why it is none.</param>
    public static EventCondition? Parse(string text, out string? mistake)
    {
        int equals = text.IndexOf('=');
        string key = equals < 0 ? text : text[..equals], value = equals < 0 ? "" : text[(equals + 1)..];
        int number = Keys.ToList().IndexOf(key);
        mistake = equals < 0 || number < 0 ? $"KEY=PATTERN with a key of {string.Join(", ", Keys)}, not '{text}'"
            : value.Length == 0 ? $"a pattern behind {key}="
            : (EventKey)number switch
            {
                EventKey.Cmd when !CommandGroups.IsKnown(value) => $"commands and their groups, and '{value}' is neither",
                EventKey.Type when !TypeNames.IsKnown(value) => $"types, and there is no type '{value}'",
                EventKey.Pid or EventKey.Uid when !uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _) =>
                    $"a number behind {key}=, not '{value}'",
                _ => null,
            };
        return mistake is null ? new EventCondition((EventKey)number, value) : null;
    }

    /// <summary>Whether an event meets it.</summary>
    /// <param name="e">The event.</param>
    /// <param name="certainly">
    /// Whether a container must be known for certain: not when one is looked for, but when events are left out, which whoever may name
    /// cgroups must not bring about.
    /// </param>
    public bool IsMetBy(BpfEvent e, bool certainly) => Key switch
    {
        EventKey.Cmd => CommandGroups.Members(Pattern).Contains(e.Command),
        EventKey.Type => Pattern == e.Map?.Type || Pattern == e.Program?.Type || Pattern == e.Link?.Type || Pattern == e.Attach?.AttachType,
        EventKey.Comm => Matches(e.Process.Comm),
        EventKey.Exe => IsOfExecutable(e.Process.Exe),
        EventKey.Cgroup => IsOfCgroup(e.Process.Cgroup),
        EventKey.Container => IsOfContainer(e.Process.InContainer, certainly),
        EventKey.Unit => e.Process.Unit is { } unit && Matches(unit),
        EventKey.Pid => Pattern == e.Process.Pid.ToString(CultureInfo.InvariantCulture),
        _ => Pattern == e.Process.Uid?.ToString(CultureInfo.InvariantCulture),
    };

    private bool Matches(string text) => FileSystemName.MatchesSimpleExpression(Pattern, text, ignoreCase: false);

    // A pattern without a slash is one of the file's name.
    private bool IsOfExecutable(string? exe)
    {
        if (exe is null) return false;
        string path = exe.EndsWith(Deleted, StringComparison.Ordinal) ? exe[..^Deleted.Length] : exe;
        return Matches(Pattern.Contains('/') ? path : path[(path.LastIndexOf('/') + 1)..]);
    }

    private bool IsOfCgroup(string? cgroup)
    {
        if (cgroup is null) return false;
        string pattern = Pattern.StartsWith(CgroupMount + "/", StringComparison.Ordinal) || Pattern == CgroupMount
            ? Pattern[CgroupMount.Length..] : Pattern;
        pattern = "/" + pattern.Trim('/');
        for (string path = cgroup; path.Length > 1; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
            if (FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false)) return true;
        return pattern == "/";
    }

    private bool IsOfContainer(ContainerIdentity? container, bool certainly)
    {
        if (container is null) return false;
        if (certainly) return container.OnHost is { Doubt: null } host && Names(host);
        return Names(container) || Names(container.OnHost);
    }

    private bool Names(ContainerIdentity container) =>
        (Pattern.Length >= ShortId && container.Id.StartsWith(Pattern, StringComparison.Ordinal))
        || Matches(container.Id) || Matches(container.Words)
        || (container.Names is { } names && ((names.Name is { } name && Matches(name)) || (names.Pod is { } pod && Matches(pod))));
}
