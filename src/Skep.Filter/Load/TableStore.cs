using System.Globalization;
using System.Text.Json;
using Skep.Bpf;

namespace Skep.Filter.Load;

/// <summary>
/// Where applied tables are kept: a directory of pinned links for each in a bpffs, and what the kernel does not know in files under
/// the id of the program. A state file is written before its program is attached and removed after it is gone, so each link leads to one.
/// </summary>
internal sealed class TableStore(string table)
{
    private const string Root = "/run/skep/bpf";
    private const string States = "/run/skep/filter";
    private const string SocketsPin = "xsks";

    private readonly string _pins = Path.Combine(Root, table.Replace('.', ':'));
    private readonly string _states = Path.Combine(States, table);

    /// <summary>The names of the tables that have links.</summary>
    internal static string[] Tables() => !Directory.Exists(Root) ? [] :
        [.. Directory.GetDirectories(Root).Where(d => Directory.EnumerateFileSystemEntries(d).Any()).Select(d => Path.GetFileName(d).Replace(':', '.')).Order(StringComparer.Ordinal)];

    /// <summary>Whether a text can be a table's name, and so a part of a path.</summary>
    internal static bool IsName(string text) => text.Length > 0 && !text.Contains('/') && text[0] != '.';

    internal void Prepare()
    {
        BpfFileSystem.EnsureMounted(Root);
        Directory.CreateDirectory(_pins);
        Directory.CreateDirectory(_states);
    }

    /// <summary>Waits until nobody else changes the table's sets, and keeps others from it.</summary>
    internal FileStream LockSets()
    {
        var path = Path.Combine(_states, "sets.lock");
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
            {
                Thread.Sleep(5);
            }
        }
    }

    internal string PathOf(string pin) => Path.Combine(_pins, pin);

    /// <summary>The pins of the table's links that are still attached; those whose device is gone are removed.</summary>
    internal List<(string Pin, BpfLink Link, BpfLinkInfo Info)> OpenLinks()
    {
        var links = new List<(string, BpfLink, BpfLinkInfo)>();
        if (!Directory.Exists(_pins)) return links;
        foreach (var path in Directory.GetFiles(_pins, "link-*").Order(StringComparer.Ordinal))
        {
            var link = BpfLink.OpenPinned(path);
            var info = link.GetInfo();
            if (info.Target is BpfLinkTarget.Device { IfIndex: not 0 })
            {
                links.Add((Path.GetFileName(path), link, info));
                continue;
            }
            link.Dispose();
            File.Delete(path);
        }
        return links;
    }

    /// <summary>The map of AF_XDP sockets of the table that is applied: who put sockets into it keeps them through a replace.</summary>
    internal BpfMap? OpenSockets() => File.Exists(PathOf(SocketsPin)) ? BpfMap.OpenPinned(PathOf(SocketsPin)) : null;

    /// <summary>Pins the map of AF_XDP sockets where their owners find it; takes the pin away when there is none.</summary>
    internal void KeepSockets(BpfMap? sockets)
    {
        if (sockets is null) File.Delete(PathOf(SocketsPin));
        else if (!File.Exists(PathOf(SocketsPin))) sockets.Pin(PathOf(SocketsPin));
    }

    internal AppliedState? ReadState(uint programId)
    {
        var path = StatePath(programId);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), AppliedStateContext.Default.AppliedState) : null;
    }

    internal void WriteState(uint programId, AppliedState state)
    {
        var path = StatePath(programId);
        File.WriteAllText(path + "~", JsonSerializer.Serialize(state, AppliedStateContext.Default.AppliedState));
        File.Move(path + "~", path, overwrite: true);
    }

    /// <summary>Removes the states of programs other than one.</summary>
    internal void KeepState(uint programId)
    {
        foreach (var path in Directory.GetFiles(_states))
            if (path != StatePath(programId) && path.Contains(".json", StringComparison.Ordinal)) File.Delete(path);
    }

    internal void Clear()
    {
        if (Directory.Exists(_pins)) Directory.Delete(_pins, recursive: true);
        if (Directory.Exists(_states)) Directory.Delete(_states, recursive: true);
    }

    private string StatePath(uint programId) => Path.Combine(_states, programId.ToString(CultureInfo.InvariantCulture) + ".json");
}
