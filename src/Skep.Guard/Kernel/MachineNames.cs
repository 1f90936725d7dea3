using Skep.Bpf;
using Skep.Guard.Compile;
using Skep.Guard.Decide;
using Skep.Inventory.Objects;
using Skep.Linux.Files;

namespace Skep.Guard.Kernel;

/// <summary>Names as this machine has them: functions by the kernel's BTF, executables by the mounts of its first process.</summary>
internal sealed class MachineNames : IGuardNames
{
    private const string RawTracepoint = "btf_trace_";

    private readonly Btf _kernel;
    private readonly IReadOnlyList<MountedFileSystem> _mounts = MountedFileSystem.OfFirstProcess();
    private readonly Lazy<IReadOnlyList<(uint Id, Btf Types)>> _modules;

    public MachineNames(Btf kernel)
    {
        _kernel = kernel;
        _modules = new(ReadModules);
    }

    public bool TagsAreSha256 =>
        _kernel.TryFind("bpf_prog", BtfKind.Struct, out BtfType program) && program.TryFindMember("digest", out _);

    public IReadOnlyList<ulong> Kfunc(string name) => _kernel.TryFind(name, BtfKind.Func, out BtfType function) ? [function.Id] : [];

    public IReadOnlyList<ulong> AttachFunction(string name)
    {
        var ids = new List<ulong>();
        AddIds(_kernel, 0, name, ids);
        foreach ((uint id, Btf types) in _modules.Value) AddIds(types, (ulong)id << 32, name, ids);
        return ids;
    }

    // A program on a raw tracepoint (tp_btf) is for a typedef.
    private static void AddIds(Btf types, ulong above, string name, List<ulong> ids)
    {
        if (types.TryFind(name, BtfKind.Func, out BtfType function) && function.Id >= types.FirstId) ids.Add(above | function.Id);
        if (types.TryFind(RawTracepoint + name, BtfKind.Typedef, out BtfType tracepoint) && tracepoint.Id >= types.FirstId)
            ids.Add(above | tracepoint.Id);
    }

    public IReadOnlyList<FilePattern> Executables(string pattern)
    {
        (string prefix, string? suffix) = TextPattern.Split(pattern);
        int slash = prefix.LastIndexOf('/');
        string directory = prefix[..Math.Max(slash, 1)], rest = prefix[(slash + 1)..];
        if (ResolvedPath.Of(directory) is not { } resolved) return [];
        string path = resolved == "/" ? "/" + rest : $"{resolved}/{rest}";

        // A link to an executable is followed as execve(2) does.
        if (suffix is null && ResolvedPath.Of(path) is { } file) path = file;
        var found = new List<FilePattern>();
        if (MountedFileSystem.Of(_mounts, path) is { } mount) found.Add(new(mount.Device, mount.Inside(path), suffix));
        if (suffix is null) return found;
        foreach (MountedFileSystem below in _mounts)
        {
            if (!below.MountPoint.StartsWith(path, StringComparison.Ordinal) || MountedFileSystem.Of(_mounts, below.MountPoint) != below)
                continue;
            string root = below.Root == "/" ? "" : below.Root;
            found.Add(new(below.Device, root + "/", suffix));

            // The mount point itself may be what the * stands for.
            if (suffix.StartsWith('/')) found.Add(new(below.Device, root + suffix, null));
        }

        return found;
    }

    // Module BTF has a name; that of programs has none.
    private List<(uint Id, Btf Types)> ReadModules() =>
    [
        .. ObjectWalk.BtfObjects().Select(listed => listed.Entry).OfType<BpfBtfInfo>()
            .Where(info => info is { IsKernel: true, Name: not ("vmlinux" or "") })
            .Select(info => (info.Id, Btf.LoadModule(info.Name, _kernel))),
    ];
}
