using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Guard.Compile;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Linux.Time;
using Skep.Output;

namespace Skep.Guard.Kernel;

/// <summary>Puts policies into the kernel, in place of those that are there.</summary>
public static class GuardApplier
{
    private static readonly string[] LogMaps = ["control", "records", "chunks"];

    /// <summary>Compiles policies for this machine.</summary>
    /// <exception cref="NotSupportedException">They ask for what the kernel side does not know.</exception>
    public static GuardTables Compile(IReadOnlyList<Policy> policies) =>
        PolicyCompiler.Compile(policies, new MachineNames(new MachineSnapshot().Types.Require()));

    /// <summary>How this kernel would enforce policies.</summary>
    /// <exception cref="NotSupportedException">It cannot.</exception>
    public static string Backend() => GuardBackend.Choose(new MachineSnapshot().Types.Require()).Name;

    /// <summary>Applies policies: the new ones decide before the old ones end, and none does in between.</summary>
    /// <param name="tables">The policies, compiled.</param>
    /// <param name="files">Their texts.</param>
    /// <param name="confirm">Until when they decide unless they are confirmed; null for ever. Those before stay beside them so
    /// long.</param>
    /// <param name="report">Takes what was corrected.</param>
    /// <exception cref="KernelException">The kernel refused; the old policies decide as before.</exception>
    /// <exception cref="NotSupportedException">This kernel cannot enforce them.</exception>
    public static GuardState Apply(GuardTables tables, IReadOnlyList<AppliedPolicyFile> files, TimeSpan? confirm, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(tables);
        Btf kernel = new MachineSnapshot().Types.Require();
        GuardBackend backend = GuardBackend.Choose(kernel);
        GuardPaths.Prepare(report);
        using PrivateLock held = PrivateLock.Wait(GuardPaths.Lock);
        IReadOnlyList<uint> before = GuardGenerations.Pinned();
        uint generation = Math.Max(before.LastOrDefault(), GuardGenerations.Kept().LastOrDefault()) + 1;
        var state = new GuardState(
            generation, UtcText.Seconds(DateTime.UtcNow),
            confirm is { } time ? (ulong)(Clocks.BootNanoseconds() + (long)(time.TotalMilliseconds * 1_000_000)) : 0, backend.Name, files);
        state.Write();
        try
        {
            Load(tables, state, backend, report);
        }
        catch
        {
            GuardPins.Remove(generation);
            File.Delete(GuardPaths.StateOf(generation));
            throw;
        }

        if (confirm is null)
            foreach (uint earlier in before) GuardPins.Remove(earlier);
        GuardLog.DropStates(GuardGenerations.Pinned());
        return state;
    }

    /// <summary>
    /// Applies policies without end that were applied for a time. Where they deny that to skep themselves, they end first, and those
    /// before decide meanwhile.
    /// </summary>
    /// <inheritdoc cref="Apply"/>
    public static void Confirm(GuardState waiting, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        GuardTables tables = Compile(waiting.ReadPolicies());
        try
        {
            Apply(tables, waiting.Files, null, report);
        }
        catch (KernelException e) when (e.Error.Name == "EPERM")
        {
            GuardPins.Remove(waiting.Generation);
            Apply(tables, waiting.Files, null, report);
        }
    }

    /// <summary>Ends policies that were applied for a time: those before decide alone.</summary>
    /// <param name="generation">Their generation; one that has ended is as good.</param>
    public static void Return(uint generation)
    {
        using PrivateLock held = PrivateLock.Wait(GuardPaths.Lock);
        GuardPins.Remove(generation);
    }

    private static void Load(GuardTables tables, GuardState state, GuardBackend backend, Action<string> report)
    {
        using BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(GuardApplier).Assembly, "guard.bpf.o"), "skep_guard");
        var protection = ProtectedObjects.Of(tables.Policies, report);
        bool isClosed = tables.Policies.Any(policy => policy.Fail == FailMode.Closed);
        bool judgesFiles = protection.HasPins || isClosed;
        bool protects = protection.HasObjects || isClosed;
        string? root = isClosed ? MountTable.First("cgroup2") : null;
        if (isClosed && root is null)
            report("the v2 hierarchy of cgroups is not mounted: who may write kernel.ftrace_enabled can end the policies");
        string[] wanted =
        [
            backend.Load,
            .. (tables.Guarded & GuardOperations.MapCreate) != 0 ? [backend.MapCreate] : Array.Empty<string>(),
            .. protects ? [backend.OpenMap] : Array.Empty<string>(),
            .. isClosed ? [backend.OpenProgram] : Array.Empty<string>(),
            .. judgesFiles ? backend.OnFiles : [],
        ];
        foreach (BpfObjectProgram program in bpf.Programs)
            program.Autoload = program.Name == backend.Command || wanted.Contains(program.Name)
                || (root is not null && program.Name == GuardBackend.KeepsFtrace);
        var maps = new TableMaps(tables);
        SkepIdentity self = SkepIdentity.Read();
        maps.Configure(bpf, new GuardTablesRecord
        {
            Generation = state.Generation, UntilNs = state.UntilBootNs, UtcOffset = Clocks.UtcAheadOfTaiSeconds(),
            Protects = protects ? 1u : 0, ProtectsPrograms = protection.HasPrograms ? 1u : 0,
            SkepInode = self.Inode, SkepDevice = self.Device,
        });
        bpf.Map("protected").MaxEntries = (uint)protection.Capacity;
        foreach (string name in LogMaps) Reuse(bpf, name);
        bpf.Load();
        maps.Fill(bpf);
        GuardPins.Create(state.Generation);
        foreach (string name in LogMaps) PinLog(bpf, name);
        foreach (string name in (string[])["hits", "actions", "protected"])
        {
            using BpfMap map = bpf.Map(name).Open();
            map.Pin($"{GuardPaths.PinsOf(state.Generation)}/{name}");
        }

        ulong seen = GuardLog.ReadControl().Seen;
        foreach (string name in wanted) Attach(bpf, name, state.Generation);
        if (root is not null) AttachToCgroups(bpf, root, state.Generation, protection);
        protection.AddOwnPrograms(bpf, isClosed);
        if (isClosed) protection.AddOwnFiles(bpf, state.Generation);
        protection.Fill(bpf);
        foreach (string name in (string[])["protected", "hits", "scratches"]) TableMaps.Freeze(bpf, name);

        // From here on the policies judge what skep does.
        Attach(bpf, backend.Command, state.Generation);
        if (GuardLog.ReadControl().Seen == seen)
        {
            throw new NotSupportedException(
                "the programs are attached, and the kernel does not run them: BPF is not among its active LSMs (boot with lsm=...,bpf)");
        }
    }

    // That of other programs cannot be detached.
    private static void AttachToCgroups(BpfObject bpf, string root, uint generation, ProtectedObjects protection)
    {
        using BpfProgram program = bpf.Program(GuardBackend.KeepsFtrace).Open();
        using SafeHandle cgroup = KernelPath.Open(root);
        using BpfLink link = BpfLink.Attach(program, cgroup, BpfAttachType.CgroupSysctl);
        link.Pin(GuardPins.OfLink(generation, GuardBackend.KeepsFtrace));
        protection.AddOwnLink(link);
    }

    private static void Attach(BpfObject bpf, string program, uint generation)
    {
        using BpfLink link = bpf.Program(program).Attach();
        link.Pin(GuardPins.OfLink(generation, program));
    }

    private static void Reuse(BpfObject bpf, string name)
    {
        string path = $"{GuardPaths.LogPins}/{name}";
        if (!File.Exists(path)) return;
        using BpfMap map = BpfMap.OpenPinned(path);
        if (map.Info.UserValueSize == (int)bpf.Map(name).ValueSize) bpf.Map(name).Reuse(map);
        else File.Delete(path);
    }

    private static void PinLog(BpfObject bpf, string name)
    {
        string path = $"{GuardPaths.LogPins}/{name}";
        if (File.Exists(path)) return;
        using BpfMap map = bpf.Map(name).Open();
        map.Pin(path);
        map.Freeze();
    }
}
