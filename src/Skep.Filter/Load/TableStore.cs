using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Skep.Bpf;
using Skep.Filter.Check;

namespace Skep.Filter.Load;

/// <summary>
/// Where applied tables are kept: a directory of pins for each in a bpffs, and what the kernel does not know in files, by the id of the
/// program. A state file is there before its program decides packets and until it has stopped. Whoever changes anything holds the lock.
/// </summary>
internal sealed class TableStore(string table)
{
    private const string Root = "/run/skep/bpf";
    private const string States = "/run/skep/filter";
    private const string LinkPrefix = "link-";
    private const string SocketsPin = "xsks";
    private const string ChangeoverFile = "changeover.json";

    private readonly string _pins = Path.Combine(Root, table.Replace('.', ':'));
    private readonly string _states = Path.Combine(States, table);

    internal string Table => table;

    internal bool HasLinks => LinkPaths().Length > 0;

    /// <summary>The names of all tables that there is something of.</summary>
    internal static string[] Tables() =>
    [
        .. Below(Root).Select(d => d.Replace(':', '.')).Concat(Below(States)).Where(Names.IsIdentifier).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Takes the lock on all tables, and says so when that has to wait.</summary>
    internal static DirectoryLock Lock(Action<string> say)
    {
        MakeDirectory(States);
        if (DirectoryLock.Try(States) is { } free) return free;
        say("waiting for another skep filter command to end");
        return DirectoryLock.Wait(States);
    }

    /// <summary>Takes the lock when nobody has it and there is anything to lock.</summary>
    internal static DirectoryLock? TryLock() => Directory.Exists(States) ? DirectoryLock.Try(States) : null;

    internal void Prepare()
    {
        BpfFileSystem.EnsureMounted(Root);
        MakeDirectory(_pins);
        MakeDirectory(_states);
    }

    /// <summary>Makes a directory below /run/skep where there is none.</summary>
    internal static void MakeDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    internal static IOException Unwritable(string path, Exception reason) =>
        new($"writing {path}: {reason.Message.TrimEnd('.')} (what is known of applied tables is kept below /run/skep, which has to be writable)", reason);

    internal string PathOf(string pin) => Path.Combine(_pins, pin);

    /// <summary>The name of the pin of a device's link.</summary>
    /// <param name="index">The device, in this thread's network namespace.</param>
    internal static string PinOf(uint index) => string.Create(CultureInfo.InvariantCulture, $"{LinkPrefix}{NamespaceNumber()}-{index}");

    /// <summary>The table whose pin is at a path.</summary>
    internal static string TableOf(string path) => Path.GetFileName(Path.GetDirectoryName(path)!).Replace(':', '.');

    /// <summary>
    /// Detaches a link and removes its pin. Without the first the kernel detaches it some time after its last holder is gone
    /// (kernel/bpf/syscall.c, bpf_link_put).
    /// </summary>
    internal static void Detach(string path)
    {
        if (!File.Exists(path)) return;
        using (var link = BpfLink.OpenPinned(path)) link.Detach();
        File.Delete(path);
    }

    /// <summary>Opens the table's links.</summary>
    internal AppliedLinks OpenLinks() => AppliedLinks.Open(LinkPaths());

    /// <summary>Finds the pin of a link among those of all tables.</summary>
    /// <returns>Its path; null when the link is nobody's here.</returns>
    internal static string? FindLink(uint id)
    {
        foreach (var name in Tables())
        {
            using var links = new TableStore(name).OpenLinks();
            if (links.All.FirstOrDefault(l => l.Info.Id == id) is { } found) return found.Path;
        }
        return null;
    }

    /// <summary>The map of AF_XDP sockets of the table that is applied: who put sockets into it keeps them through a replace.</summary>
    internal BpfMap? OpenSockets() => File.Exists(PathOf(SocketsPin)) ? BpfMap.OpenPinned(PathOf(SocketsPin)) : null;

    /// <summary>Pins the map of AF_XDP sockets where their owners find it; takes the pin away when there is none.</summary>
    internal void KeepSockets(BpfMap? sockets)
    {
        if (sockets is null) File.Delete(PathOf(SocketsPin));
        else if (!File.Exists(PathOf(SocketsPin))) sockets.Pin(PathOf(SocketsPin));
    }

    internal AppliedState? ReadState(uint programId) => Read(StatePath(programId), AppliedStateContext.Default.AppliedState);

    internal void WriteState(uint programId, AppliedState state) => Write(StatePath(programId), state, AppliedStateContext.Default.AppliedState);

    /// <summary>Removes the states of programs other than some, and whatever a killed writer left.</summary>
    internal void KeepStates(params uint[] programIds)
    {
        if (!Directory.Exists(_states)) return;
        var kept = programIds.Select(StatePath).Append(Path.Combine(_states, ChangeoverFile)).ToHashSet();
        foreach (var path in Directory.GetFiles(_states, "*.json*"))
            if (!kept.Contains(path)) File.Delete(path);
    }

    internal Changeover? ReadChangeover() => Read(Path.Combine(_states, ChangeoverFile), AppliedStateContext.Default.Changeover);

    internal void WriteChangeover(Changeover change) => Write(Path.Combine(_states, ChangeoverFile), change, AppliedStateContext.Default.Changeover);

    /// <summary>Forgets the changeover, and then the gate.</summary>
    internal void EndChangeover()
    {
        File.Delete(Path.Combine(_states, ChangeoverFile));
        Gate.Unpin(this);
    }

    /// <summary>Removes all that there is of the table; its programs are detached by that.</summary>
    internal void Clear()
    {
        foreach (var path in LinkPaths()) Detach(path);
        if (Directory.Exists(_pins)) Directory.Delete(_pins, recursive: true);
        if (Directory.Exists(_states)) Directory.Delete(_states, recursive: true);
    }

    // A reader without the lock may find a directory gone that was there.
    private string[] LinkPaths()
    {
        try
        {
            return [.. Directory.GetFiles(_pins, LinkPrefix + "*").Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private string StatePath(uint programId) => Path.Combine(_states, programId.ToString(CultureInfo.InvariantCulture) + ".json");

    private static IEnumerable<string> Below(string directory) =>
        Directory.Exists(directory) ? Directory.GetDirectories(directory).Select(d => Path.GetFileName(d)) : [];

    // Nor need a file be there still.
    private static T? Read<T>(string path, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"reading {path}: {e.Message} (skep filter remove takes the table off)", e);
        }
    }

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        try
        {
            File.WriteAllText(path + "~", JsonSerializer.Serialize(value, type));
            File.Move(path + "~", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    // The link of proc(5) /proc/thread-self/ns/net: net:[4026531840].
    private static string NamespaceNumber() =>
        new([.. (new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "").Where(char.IsAsciiDigit)]);
}
