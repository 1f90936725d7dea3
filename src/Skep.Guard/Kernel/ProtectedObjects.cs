using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>What the <c>[protect]</c> of policies names, as keys of the kernel side.</summary>
internal sealed class ProtectedObjects
{
    // enum skep_object_kind of bpf/include/skep_object.h
    private const ulong Map = 3, Link = 4;
    private const ulong OfPin = 1ul << 63;
    private const int OwnPins = 64;

    private readonly HashSet<ulong> _keys = [];
    private readonly HashSet<ulong> _pins = [];
    private readonly IReadOnlyList<MountedFileSystem> _mounts = MountedFileSystem.OfFirstProcess();

    /// <summary>Whether any map or link is protected.</summary>
    public bool HasObjects => _keys.Count > 0;

    /// <summary>Whether any pin is protected.</summary>
    public bool HasPins => _pins.Count > 0;

    /// <summary>Room that they need, with guard's own.</summary>
    public int Capacity => _keys.Count + _pins.Count + OwnPins;

    /// <summary>Finds what policies name; what is not there is reported.</summary>
    public static ProtectedObjects Of(IReadOnlyList<Policy> policies, Action<string> report)
    {
        var found = new ProtectedObjects();
        foreach (Protection protection in policies.Select(policy => policy.Protected))
        {
            foreach (string map in protection.Maps) found.AddMap(map, report);
            foreach (string path in protection.Links) found.AddPinned(path, PinnedKind.Link, report);
            foreach (string path in protection.Pins) found.AddPins(path, report);
        }

        return found;
    }

    /// <summary>Fills the map: with guard's own pins, where files are judged.</summary>
    public void Fill(BpfObject bpf, uint generation, bool judgesFiles)
    {
        if (judgesFiles)
        {
            foreach (string directory in (string[])[GuardPaths.Pins, GuardPaths.LogPins, GuardPaths.PinsOf(generation)])
            {
                AddFile(directory);
                foreach (string path in Directory.EnumerateFiles(directory)) AddFile(path);
            }

            if (DeviceOf(GuardPaths.Pins) is { } device) _pins.Add(OfPin | (ulong)device << 32);
        }

        using BpfMap map = bpf.Map("protected").Open();
        foreach (ulong key in _keys.Concat(_pins)) map.Update(key, 1u);
    }

    private void AddMap(string name, Action<string> report)
    {
        if (name.StartsWith('/'))
        {
            AddPinned(name, PinnedKind.Map, report);
            return;
        }

        int before = _keys.Count;
        foreach (uint id in KernelObjects.MapIds())
        {
            using BpfMap? map = BpfMap.TryOpenById(id, out _);
            if (map?.Info.Name == name) _keys.Add(Map << 32 | id);
        }

        if (_keys.Count == before) report($"protect: there is no map {name} (apply the policies again when there is)");
    }

    private void AddPinned(string path, PinnedKind kind, Action<string> report)
    {
        (ulong of, string what) = kind == PinnedKind.Map ? (Map, "map") : (Link, "link");
        if (PinnedObject.TryIdentify(path) is { } pinned && pinned.Kind == kind) _keys.Add(of << 32 | pinned.Id);
        else report($"protect: there is no {what} pinned at {path} (apply the policies again when there is)");
    }

    private void AddPins(string path, Action<string> report)
    {
        if (!AddFile(path)) report($"protect: there is no pin {path} (apply the policies again when there is)");
        if (!Directory.Exists(path)) return;
        foreach (string file in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories)) AddFile(file);
    }

    private bool AddFile(string path)
    {
        if (FileIdentity.Inode(path) is not { } inode || DeviceOf(path) is not { } device) return false;
        _pins.Add(OfPin | (ulong)device << 32 | (uint)inode);
        return true;
    }

    private uint? DeviceOf(string path) => MountedFileSystem.Of(_mounts, path)?.Device;
}
