using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Linux.Files;
using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>What the <c>[protect]</c> of policies names, and guard itself, as keys of the kernel side.</summary>
internal sealed class ProtectedObjects
{
    private const uint FromWrites = (uint)GuardProtection.FromWrites, Wholly = (uint)GuardProtection.Wholly;
    private const uint Above = (uint)GuardProtection.Above;

    // key_of_pin, key_of_mount and key_of_peers of bpf/guard/protect.h
    private const ulong OfPin = 1ul << 63, OfMount = 1ul << 62, OfPeers = OfMount | 1ul << 32;
    private const int OwnPins = 128, OwnObjects = 64;

    private readonly Dictionary<ulong, uint> _objects = [];
    private readonly Dictionary<ulong, uint> _pins = [];
    private readonly IReadOnlyList<MountedFileSystem> _mounts = MountedFileSystem.OfFirstProcess();
    private readonly Action<string> _report;

    private ProtectedObjects(Action<string> report) => _report = report;

    /// <summary>Whether any map, program or link of others is protected.</summary>
    public bool HasObjects => _objects.Count > 0;

    /// <summary>Whether any program of others is protected.</summary>
    public bool HasPrograms { get; private set; }

    /// <summary>Whether any pin is protected.</summary>
    public bool HasPins => _pins.Count > 0;

    /// <summary>Room that they need, with guard's own.</summary>
    public int Capacity => _objects.Count + _pins.Count + OwnPins + OwnObjects;

    /// <summary>Finds what policies name; what is not there is reported.</summary>
    public static ProtectedObjects Of(IReadOnlyList<Policy> policies, Action<string> report)
    {
        var found = new ProtectedObjects(report);
        foreach (Protection protection in policies.Select(policy => policy.Protected))
        {
            foreach (string map in protection.Maps) found.AddNamed(map, PinnedKind.Map, KernelObjects.MapIds(), NameOfMap);
            foreach (string program in protection.Programs)
                found.AddNamed(program, PinnedKind.Program, KernelObjects.ProgramIds(), NameOfProgram);
            foreach (string path in protection.Links) found.AddPinned(path, PinnedKind.Link);
            foreach (string path in protection.Pins) found.AddPins(path);
            if (protection.HasFilter) found.AddTree(SkepPaths.FilterPins);
        }

        return found;
    }

    /// <summary>Adds guard's own programs, of which none may replace a function; wholly, others get no descriptor of them.</summary>
    public void AddOwnPrograms(BpfObject bpf, bool wholly)
    {
        foreach (BpfObjectProgram loaded in bpf.Programs.Where(program => program.Autoload))
        {
            using BpfProgram program = loaded.Open();
            _objects[Key(ObjectKind.Prog, program.GetInfo().Id)] = wholly ? Wholly : FromWrites;
        }
    }

    /// <summary>Adds a link of guard's, which nobody detaches.</summary>
    public void AddOwnLink(BpfLink link) => _objects[Key(ObjectKind.Link, link.GetInfo().Id)] = FromWrites;

    /// <summary>Adds guard's own pins and maps: nobody removes those, and no program of others gets these.</summary>
    public void AddOwnFiles(BpfObject bpf, uint generation)
    {
        foreach (string directory in (string[])[GuardPaths.Pins, GuardPaths.LogPins, GuardPaths.PinsOf(generation)])
        {
            AddFile(directory);
            foreach (string path in Directory.EnumerateFiles(directory)) AddFile(path);
        }

        foreach (BpfObjectMap own in bpf.Maps)
        {
            using BpfMap map = own.Open();
            _objects[Key(ObjectKind.Map, map.Info.Id)] = Wholly;
        }
    }

    /// <summary>Fills the map of the kernel side.</summary>
    public void Fill(BpfObject bpf)
    {
        using BpfMap map = bpf.Map("protected").Open();
        foreach ((ulong key, uint how) in _objects.Concat(_pins)) map.Update(key, how);
    }

    private static ulong Key(ObjectKind kind, uint id) => (ulong)kind << 32 | id;

    private void AddNamed(string name, PinnedKind kind, IEnumerable<uint> ids, Func<uint, string?> nameOf)
    {
        if (name.StartsWith('/'))
        {
            AddPinned(name, kind);
            return;
        }

        uint[] found = [.. ids.Where(id => nameOf(id) == name)];
        foreach (uint id in found) Add(new PinnedObject(kind, id));
        if (found.Length == 0) Missing($"{NameOf(kind)} {name}");
    }

    private static string? NameOfMap(uint id)
    {
        using BpfMap? map = BpfMap.TryOpenById(id, out _);
        return map?.Info.Name;
    }

    private static string? NameOfProgram(uint id)
    {
        using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
        return program?.GetInfo().Name;
    }

    private void AddProgram(uint id)
    {
        HasPrograms = true;
        _objects[Key(ObjectKind.Prog, id)] = FromWrites;
        foreach (uint link in KernelObjects.LinkIds())
        {
            using BpfLink? of = BpfLink.TryOpenById(link, out _);
            if (of?.GetInfo().ProgramId == id) _objects[Key(ObjectKind.Link, link)] = FromWrites;
        }
    }

    private void AddPinned(string path, PinnedKind kind)
    {
        if (PinnedObject.TryIdentify(path) is { } pinned && pinned.Kind == kind) Add(pinned);
        else Missing($"{NameOf(kind)} pinned at {path}");
    }

    private void Add(PinnedObject pinned)
    {
        if (pinned.Kind == PinnedKind.Program) AddProgram(pinned.Id);
        else _objects[Key(pinned.Kind == PinnedKind.Map ? ObjectKind.Map : ObjectKind.Link, pinned.Id)] = FromWrites;
    }

    private void AddPins(string path)
    {
        if (!AddFile(path)) Missing($"pin {path}");
        if (!Directory.Exists(path)) return;
        foreach (string file in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)) AddFile(file);
    }

    // Pins, and what they stand for.
    private void AddTree(string path)
    {
        AddPins(path);
        if (!Directory.Exists(path)) return;
        foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
            if (PinnedObject.TryIdentify(file) is { } pinned) Add(pinned);
    }

    // Its file system is not unmounted, nor what that is mounted on; the directories above it keep their places.
    private bool AddFile(string path)
    {
        if (FileIdentity.Inode(path) is not { } inode || MountedFileSystem.Of(_mounts, path) is not { } mount) return false;
        ulong device = OfPin | (ulong)mount.Device << 32;
        _pins[device | (uint)inode] = FromWrites;
        _pins[device] = FromWrites;
        for (string? directory = Path.GetDirectoryName(path); directory is not null && directory.Length > mount.MountPoint.Length;
            directory = Path.GetDirectoryName(directory))
            if (FileIdentity.Inode(directory) is { } above) _pins.TryAdd(device | (uint)above, Above);
        foreach (MountedFileSystem below in MountedFileSystem.Above(_mounts, mount))
        {
            _pins[OfMount | below.Id] = Above;
            _pins.TryAdd(OfPin | (ulong)below.Device << 32, Above);
            if (below.PeerGroup is { } group) _pins[OfPeers | group] = Above;
        }

        return true;
    }

    private void Missing(string what) => _report($"protect: there is no {what} (apply the policies again when there is)");

    private static string NameOf(PinnedKind kind) => kind switch
    {
        PinnedKind.Program => "program",
        PinnedKind.Map => "map",
        _ => "link",
    };
}
