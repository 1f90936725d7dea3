using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.State;

/// <summary>
/// Where applied tables are kept: a directory of pins for each in a bpffs, and what the kernel does not know in files, by the id of the
/// program. A state file is there before its program decides packets and until it has stopped. Whoever changes anything holds the lock.
/// </summary>
internal sealed partial class TableStore(string table)
{
    private const string Base = SkepPaths.Base;
    private const string Root = SkepPaths.FilterPins;
    internal const string States = Base + "/filter";
    private const string LockFile = Base + "/filter.lock";
    private const string LinkPrefix = "link-";
    private const string SocketsPin = "xsks";
    private const string PendingChangeFile = "changeover.json";

    // A state has the text of every rule.
    private const int MostStateBytes = 256 << 20;

    private readonly string _pins = Path.Combine(Root, table.Replace('.', ':'));
    private readonly string _states = Path.Combine(States, table);

    internal string Table => table;

    internal bool HasLinks => LinkPaths().Length > 0;

    /// <summary>The names of all tables that there is something of.</summary>
    internal static string[] Tables() =>
    [
        .. Below(Root).Select(d => d.Replace(':', '.')).Concat(Below(States)).Where(Names.IsIdentifier).Distinct()
            .Order(StringComparer.Ordinal),
    ];

    internal void Prepare(Action<string> report)
    {
        MakeDirectory(Root, report);
        BpfFileSystem.EnsureMounted(Root);
        MakeDirectory(_pins, report);
        MakeDirectory(_states, report);
    }

    /// <summary>Makes a directory, and those above it from /run/skep on, where there are none; nobody but root may enter them.</summary>
    internal static void MakeDirectory(string path, Action<string> report, string root = Base)
    {
        try
        {
            PrivateDirectory.Ensure(root, path, report);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    internal static IOException Unwritable(string path, Exception reason)
    {
        // Error numbers of Linux.
        const int noSpace = 28, readOnly = 30, quota = 122;
        var remedy = reason.HResult switch
        {
            noSpace or quota => "make space in the file system of /run/skep: df -h /run/skep; df -i /run/skep",
            readOnly => "make the file system of /run/skep writable: mount -o remount,rw its mount point",
            _ => "what is known of applied tables is kept below /run/skep, which has to be writable",
        };
        var cause = (reason.InnerException ?? reason).Message.TrimEnd('.');
        return new($"{(cause.Contains(path, StringComparison.Ordinal) ? cause : $"writing {path}: {cause}")} ({remedy})", reason);
    }

    internal string PathOf(string pin) => Path.Combine(_pins, pin);

    /// <summary>The name of the pin of a device's link.</summary>
    /// <param name="index">The device, in this thread's network namespace.</param>
    internal static string PinOf(uint index) => string.Create(CultureInfo.InvariantCulture, $"{LinkPrefix}{NamespaceNumber()}-{index}");

    internal static bool IsLinkPin(string name) =>
        name.StartsWith(LinkPrefix, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal);

    internal static bool IsLinkPath(string path) =>
        Path.GetDirectoryName(Path.GetDirectoryName(path)) == Root && Names.IsIdentifier(TableOf(path))
            && IsLinkPin(Path.GetFileName(path));

    /// <summary>The name of the pin at a path.</summary>
    internal static string PinIn(string path) => Path.GetFileName(path);

    /// <summary>The table whose pin is at a path.</summary>
    internal static string TableOf(string path) => Path.GetFileName(Path.GetDirectoryName(path)!).Replace(':', '.');

    /// <summary>
    /// Removes the pin of a link and detaches it. Without the second the kernel detaches it some time after its last holder is gone
    /// (kernel/bpf/syscall.c, bpf_link_put). In this order a process that is killed in between leaves nothing.
    /// </summary>
    internal static void Detach(string path)
    {
        if (!File.Exists(path)) return;
        using var link = BpfLink.OpenPinned(path);
        File.Delete(path);
        link.Detach();
    }

    /// <summary>Opens the table's links.</summary>
    /// <exception cref="DamagedTableException">A pin holds something else.</exception>
    internal AppliedLinks OpenLinks() => AppliedLinks.Open(LinkPaths());

    /// <summary>Finds the pin of a link among those of all tables.</summary>
    /// <returns>Its path; null when the link is nobody's here.</returns>
    internal static string? FindLink(uint id)
    {
        foreach (var name in Tables())
        {
            try
            {
                using var links = new TableStore(name).OpenLinks();
                if (links.All.FirstOrDefault(l => l.Info.Id == id) is { } found) return found.Path;
            }
            catch (DamagedTableException)
            {
                // The link is one of the other tables', or nobody's.
            }
        }
        return null;
    }

    /// <summary>The map of AF_XDP sockets of the table that is applied: who put sockets into it keeps them through a replace.</summary>
    internal BpfMap? OpenSockets() => OpenMap(SocketsPin, BpfMapType.Xskmap);

    /// <summary>Opens a pinned map.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="DamagedTableException">The pin holds something else.</exception>
    internal BpfMap? OpenMap(string pin, BpfMapType type)
    {
        if (!Path.Exists(PathOf(pin))) return null;
        BpfMap map;
        try
        {
            map = BpfMap.OpenPinned(PathOf(pin));
        }
        catch (KernelException e) when (e.Error.Name == "ENOENT")
        {
            return null;
        }
        catch (KernelException e) when (e.Error.Name == "EINVAL")
        {
            throw new DamagedTableException(table, e.Message, e);
        }
        if (map.Info.Type == type) return map;
        map.Dispose();
        throw new DamagedTableException(table, $"opening the map pinned at {PathOf(pin)}: it holds another, {map}");
    }

    /// <summary>Pins the map of AF_XDP sockets where their owners find it; takes the pin away when there is none.</summary>
    internal void KeepSockets(BpfMap? sockets)
    {
        if (sockets is null) File.Delete(PathOf(SocketsPin));
        else if (!File.Exists(PathOf(SocketsPin))) sockets.Pin(PathOf(SocketsPin));
    }

    /// <summary>Reads a state, with the edits that were done in place since it was written.</summary>
    internal AppliedState? ReadState(uint programId)
    {
        var state = ReadWritten(programId);
        if (state is null or { EditsMap: 0 }) return state;
        return EditsOf(programId).ReadEdits(state.EditsMap) is { } edits ? RuleEdit.Apply(state, edits) : null;
    }

    /// <summary>The files by which the table of a program is edited in place.</summary>
    internal EditFiles EditsOf(uint programId) => new(table, StatePath(programId));

    /// <summary>Reads a state as it was written.</summary>
    internal AppliedState? ReadWritten(uint programId) =>
        Read(StatePath(programId), AppliedStateContext.Default.AppliedState, s => s.FaultFor(table));

    internal void WriteState(uint programId, AppliedState state) =>
        Write(StatePath(programId), state, AppliedStateContext.Default.AppliedState);

    /// <summary>Removes the states of programs other than some, and whatever a killed writer left.</summary>
    internal void KeepStates(params uint[] programIds)
    {
        if (!Directory.Exists(_states)) return;
        var kept = programIds.Select(StatePath).SelectMany(EditFiles.PathsOf).Append(Path.Combine(_states, PendingChangeFile)).ToHashSet();

        // A state before its edits, so that no reader takes what is without them for the whole.
        foreach (var path in Directory.GetFiles(_states, "*.json*").OrderBy(path => path.Length))
            if (!kept.Contains(path)) File.Delete(path);
    }

    /// <summary>Removes the states of programs that are on no device and are not the one given.</summary>
    internal void KeepStatesInUse(uint programId)
    {
        try
        {
            using var links = OpenLinks();
            KeepStates([programId, .. InUse(links)]);
        }
        catch (DamagedTableException)
        {
            // What is too much goes with a later change.
        }
    }

    /// <summary>The programs of the table: those on its devices, and those of devices that it lends.</summary>
    internal IEnumerable<uint> InUse(AppliedLinks links) => links.All.Select(l => l.Info.ProgramId).Concat(Lent().Select(d => d.From));

    /// <summary>Its devices that another table has taken with rules that wait: they come back unless these are confirmed.</summary>
    internal IEnumerable<ChangingDevice> Lent() =>
        Tables().Where(name => name != table).Select(name => new TableStore(name)).Where(other => other.HasPendingChange)
            .SelectMany(other => other.TryReadPendingChange()?.Devices ?? [])
            .Where(device => device.TakenFrom.Length > 0 && TableOf(device.TakenFrom) == table);

    private PendingChange? TryReadPendingChange()
    {
        try
        {
            return ReadPendingChange();
        }
        catch (DamagedTableException)
        {
            return null;
        }
    }

    /// <summary>Whether a change of the table was recorded, also when the record cannot be read.</summary>
    internal bool HasPendingChange => File.Exists(PathOf(DispatcherPins.Record)) || File.Exists(Path.Combine(_states, PendingChangeFile));

    internal PendingChange? ReadPendingChange()
    {
        using var record = OpenMap(DispatcherPins.Record, BpfMapType.Array);
        if (record is null)
            return Read(Path.Combine(_states, PendingChangeFile), AppliedStateContext.Default.PendingChange, static c => c.Fault);
        var bytes = new byte[record.Info.UserValueSize];
        record.TryLookup(BitConverter.GetBytes(0), bytes);
        return Parse(bytes, PathOf(DispatcherPins.Record), AppliedStateContext.Default.PendingChange, static c => c.Fault);
    }

    /// <summary>Records a change: in a file, or in a pinned map when the file system is full or read-only.</summary>
    internal void WritePendingChange(PendingChange change)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(change, AppliedStateContext.Default.PendingChange);
        try
        {
            PrivateFile.Replace(Path.Combine(_states, PendingChangeFile), bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            using var record = BpfMap.Create(new(BpfMapType.Array, sizeof(int), (uint)bytes.Length, 1) { Name = "gate_record" });
            record.Update(BitConverter.GetBytes(0), bytes);
            record.Pin(PathOf(DispatcherPins.Record));
        }
    }

    /// <summary>Forgets the pending change, and then the dispatcher.</summary>
    internal void EndPendingChange()
    {
        File.Delete(PathOf(DispatcherPins.Record));
        var path = Path.Combine(_states, PendingChangeFile);
        if (File.Exists(path)) File.Delete(path);
        DispatcherPins.Remove(this);
    }

    /// <summary>
    /// Removes all that there is of the table; its programs are detached by that. Needs neither space nor anything that is kept of it: what
    /// cannot be deleted from a read-only file system stays, and is reported.
    /// </summary>
    internal void Clear(Action<string>? report = null)
    {
        foreach (var path in LinkPaths())
        {
            try
            {
                Detach(path);
            }
            catch (KernelException)
            {
                // What is no link that can be detached ends with its last holder.
                File.Delete(path);
            }
        }
        if (Directory.Exists(_pins)) Directory.Delete(_pins, recursive: true);
        try
        {
            KeepStates();
            if (Directory.Exists(_states)) Directory.Delete(_states, recursive: true);
            else File.Delete(_states);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report?.Invoke(
                $"table {table} is removed, but {_states} cannot be deleted (remove it when its file system is writable: rm -r {_states})");
        }
    }

    private string[] LinkPaths() => PinsNamed(LinkPrefix);

    // A reader without the lock may find a directory gone that was there.
    /// <summary>The paths of the table's pins whose names begin so.</summary>
    internal string[] PinsNamed(string prefix)
    {
        try
        {
            return [.. Directory.GetFiles(_pins, prefix + "*").Order(StringComparer.Ordinal)];
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
    private T? Read<T>(string path, JsonTypeInfo<T> type, Func<T, string?> faultOf) where T : class
    {
        try
        {
            return PrivateFile.Read(path, MostStateBytes) is { } bytes ? Parse(bytes, path, type, faultOf) : null;
        }
        catch (InvalidDataException e)
        {
            throw new DamagedTableException(table, e.Message, e);
        }
    }

    private T Parse<T>(byte[] bytes, string path, JsonTypeInfo<T> type, Func<T, string?> faultOf) where T : class
    {
        try
        {
            var value = JsonSerializer.Deserialize(bytes, type);
            var fault = value is null ? "it holds nothing" : faultOf(value);
            return fault is null ? value! : throw new DamagedTableException(table, $"reading {path}: {fault}");
        }
        catch (JsonException e)
        {
            throw new DamagedTableException(table, $"reading {path}: {e.Message}", e);
        }
    }

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        try
        {
            PrivateFile.Replace(path, stream => JsonSerializer.Serialize(stream, value, type));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    // Earlier versions let others read what is here.
    private static void Secure(Action<string> report)
    {
        foreach (var directory in new[] { Root, States })
        {
            if (!Directory.Exists(directory)) continue;
            MakeDirectory(directory, report);
            foreach (var table in Directory.GetDirectories(directory)) MakeDirectory(table, report);
        }
    }

    private static string NamespaceNumber() => NetworkNamespace.Current()?.ToString(CultureInfo.InvariantCulture) ?? "";
}
