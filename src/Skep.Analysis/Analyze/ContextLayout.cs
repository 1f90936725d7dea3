using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Analysis.Analyze;

/// <summary>What a program's context is: a structure, or the arguments of the function or tracepoint that it is for.</summary>
public sealed class ContextLayout
{
    // By program type: the structure that programs see, and the kernel's own that translated code works on (net/core/filter.c,
    // convert_ctx_access).
    private static readonly Dictionary<BpfProgramType, (string Seen, string Kernel)> Structures = new()
    {
        [BpfProgramType.SocketFilter] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.SchedCls] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.SchedAct] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.CgroupSkb] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.LwtIn] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.LwtOut] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.LwtXmit] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.LwtSeg6local] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.SkSkb] = ("__sk_buff", "sk_buff"),
        [BpfProgramType.FlowDissector] = ("__sk_buff", "bpf_flow_dissector"),
        [BpfProgramType.Xdp] = ("xdp_md", "xdp_buff"),
        [BpfProgramType.Kprobe] = ("pt_regs", "pt_regs"),
        [BpfProgramType.PerfEvent] = ("bpf_perf_event_data", "bpf_perf_event_data_kern"),
        [BpfProgramType.CgroupSock] = ("bpf_sock", "sock"),
        [BpfProgramType.CgroupSockAddr] = ("bpf_sock_addr", "bpf_sock_addr_kern"),
        [BpfProgramType.SockOps] = ("bpf_sock_ops", "bpf_sock_ops_kern"),
        [BpfProgramType.CgroupDevice] = ("bpf_cgroup_dev_ctx", "bpf_cgroup_dev_ctx"),
        [BpfProgramType.SkMsg] = ("sk_msg_md", "sk_msg"),
        [BpfProgramType.SkReuseport] = ("sk_reuseport_md", "sk_reuseport_kern"),
        [BpfProgramType.CgroupSysctl] = ("bpf_sysctl", "bpf_sysctl_kern"),
        [BpfProgramType.CgroupSockopt] = ("bpf_sockopt", "bpf_sockopt_kern"),
        [BpfProgramType.SkLookup] = ("bpf_sk_lookup", "bpf_sk_lookup_kern"),
        [BpfProgramType.Netfilter] = ("bpf_nf_ctx", "bpf_nf_ctx"),
    };

    private readonly ProgramCode _code;
    private readonly TypeTable _types;
    private readonly Btf? _btf;
    private readonly int _structure;
    private readonly TracepointFormat? _format;
    private readonly (Btf Btf, BtfParameter[] Parameters, bool IsTracepoint)? _function;
    private readonly bool _argumentsAreSlots;

    // Programs at the end of a function get its result behind its arguments; of a loaded one the kernel does not report which end.
    private bool HasResult => _code.Type == BpfProgramType.Tracing && _function is { IsTracepoint: false }
        && (_code.Form == ProgramForm.Translated || _code.ExpectedAttachType is BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn);

    internal ContextLayout(ProgramCode code, TypeTable types)
    {
        _code = code;
        _types = types;

        // Code of an object file has the offsets of the object's own types until CO-RE changes them.
        _btf = code is { Form: ProgramForm.Loaded, Btf: not null } ? code.Btf : code.Kernel.Btf;
        if (code.Type is not { } type) return;
        if (Structures.TryGetValue(type, out (string Seen, string Kernel) names))
        {
            string name = code.Form == ProgramForm.Translated ? names.Kernel : names.Seen;
            _structure = types.Find(_btf, name) is var own and not 0 ? own : types.Find(code.Kernel.Btf, name);
            if (type == BpfProgramType.Kprobe && !code.AtReturn) _function = Function(code.Kernel.Btf, code.Target);
        }
        else if (type == BpfProgramType.Tracepoint)
        {
            _structure = OwnParameter();
            if (_structure == 0) _format = FormatOf(code);
        }
        else if (type == BpfProgramType.StructOps)
        {
            // The arguments of the member; the section does not name the member.
            _argumentsAreSlots = true;
        }
        else if (type is BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable or BpfProgramType.Tracing
            or BpfProgramType.Lsm)
        {
            _argumentsAreSlots = true;
            _function = code is { TargetBtf: not null, TargetTypeId: not 0 } ? Function(code.TargetBtf, code.TargetTypeId) : ByName(code);
        }
    }

    /// <summary>The types that the code's offsets are of.</summary>
    internal Btf? Types => _btf;

    /// <summary>Whether the code works on the kernel's own structure in place of the one that programs are written for.</summary>
    public bool IsRewritten =>
        _code.Form == ProgramForm.Translated && _code.Type is { } type
            && Structures.TryGetValue(type, out (string Seen, string Kernel) names) && names.Seen != names.Kernel;

    /// <summary>The structure's name, or <c>arguments</c>; null when it is not known.</summary>
    public string? Name =>
        _types[_structure]?.Name is { Length: > 0 } name
            ? name : _format is not null ? _code.Target : _argumentsAreSlots ? "arguments" : null;

    /// <summary>The name of the field at an offset; null when it is not known.</summary>
    public string? FieldName(long offset, int size)
    {
        if (_types[_structure] is { } structure && TypeTable.Field(structure.Btf, structure.Id, offset, size) is { } field)
            return Register(field.Path) ?? field.Path;
        if (_format?.Field(offset) is { } named) return named;
        if (!_argumentsAreSlots || offset < 0 || offset % sizeof(ulong) != 0) return null;
        int argument = (int)(offset / sizeof(ulong));
        if (_function is not { } function) return string.Create(CultureInfo.InvariantCulture, $"argument {argument + 1}");
        return argument < function.Parameters.Length
            ? ParameterName(function.Parameters, argument) : argument == function.Parameters.Length && HasResult ? "return value"
            : string.Create(CultureInfo.InvariantCulture, $"argument {argument + 1}");
    }

    /// <summary>The number of the target's argument at an offset, from 0; null for what is none.</summary>
    public int? ArgumentAt(long offset, int size)
    {
        if (_argumentsAreSlots)
            return offset >= 0 && offset / sizeof(ulong) is var slot && (_function is not { } known || slot < known.Parameters.Length)
                ? (int)slot : null;
        if (_code.AtReturn || _types[_structure] is not { Name: "pt_regs" } structure
            || TypeTable.Field(structure.Btf, structure.Id, offset, size) is not { } field) return null;
        return X86Registers.ArgumentOf(field.Path) is { } number && (_function is not { } function || number < function.Parameters.Length)
            ? number : null;
    }

    /// <summary>
    /// Whether an offset of the context holds the return value of the programs before it. It is 0: after any other value the kernel runs no
    /// more of them (invoke_bpf_mod_ret of arch/x86/net/bpf_jit_comp.c).
    /// </summary>
    internal bool IsResultBefore(long offset) =>
        _function is { IsTracepoint: false } function && offset == (long)function.Parameters.Length * sizeof(ulong)
        && ((_code.Type == BpfProgramType.Lsm && _code.ExpectedAttachType == BpfAttachType.LsmMac)
        || (_code.Type == BpfProgramType.Tracing && _code.ExpectedAttachType == BpfAttachType.ModifyReturn));

    /// <summary>What a load from the context gives.</summary>
    internal Value Load(int slot, long offset, int size)
    {
        var scalar = Value.Scalar(slot, size * 8);
        if (_argumentsAreSlots)
        {
            int argument = (int)(offset / sizeof(ulong));
            if (offset < 0 || offset % sizeof(ulong) != 0 || size != sizeof(ulong) || _function is not { } function
                || argument >= function.Parameters.Length) return scalar;
            return Typed(function.Btf, function.Parameters[argument].TypeId, slot) ?? scalar;
        }

        if (_types[_structure] is not { } structure || TypeTable.Field(structure.Btf, structure.Id, offset, size) is not { } field)
            return scalar;
        if (PacketPointer(structure.Name, field) is { } packet) return Value.Pointer(packet, 0, slot);
        if (size != sizeof(ulong)) return scalar;
        return X86Registers.ArgumentOf(field.Path) is { } number && _function is { } called && number < called.Parameters.Length
            ? Typed(called.Btf, called.Parameters[number].TypeId, slot) ?? scalar
            : field.TypeId != 0 ? Typed(structure.Btf, field.TypeId, slot) ?? scalar : scalar;
    }

    /// <summary>
    /// The value of a typed pointer; null for another type. A struct of the kernel's BTF is that of the same name in the code's types.
    /// </summary>
    internal Value? Typed(Btf btf, uint type, int slot)
    {
        if (_types.Pointee(btf, type) is not { } pointee) return null;
        if (_types[pointee] is { } reference && _btf is not null && !ReferenceEquals(reference.Btf, _btf) && reference.Name.Length > 0
            && btf[reference.Id].Kind == BtfKind.Struct)
            pointee = _types.Find(_btf, reference.Name) is var own and not 0 ? own : pointee;
        return Value.Pointer(ValueKind.Kernel, pointee, slot);
    }

    // The 32-bit data, data_end and data_meta of __sk_buff and xdp_md stand for pointers; the kernel's own fields are pointers.
    private static ValueKind? PacketPointer(string structure, FieldPlace field) => (structure, field.Path) switch
    {
        ("__sk_buff" or "xdp_md" or "sk_buff" or "xdp_buff" or "sk_msg_md" or "sk_msg" or "sk_reuseport_md" or "bpf_flow_dissector",
            "data") => ValueKind.Packet,
        ("__sk_buff" or "xdp_md" or "xdp_buff" or "sk_msg_md" or "sk_msg" or "sk_reuseport_md" or "bpf_flow_dissector", "data_end") =>
            ValueKind.PacketEnd,
        ("__sk_buff" or "xdp_md" or "xdp_buff", "data_meta") => ValueKind.PacketMeta,
        _ => null,
    };

    private string? Register(string field)
    {
        if (_types[_structure]?.Name != "pt_regs") return null;
        if (X86Registers.IsResult(field)) return "return value";
        if (_code.AtReturn || X86Registers.ArgumentOf(field) is not { } number) return null;
        return _function is { } function && number < function.Parameters.Length ? ParameterName(function.Parameters, number)
            : string.Create(CultureInfo.InvariantCulture, $"argument {number + 1}");
    }

    private static string ParameterName(BtfParameter[] parameters, int number) =>
        parameters[number].Name is { Length: > 0 } name ? name : string.Create(CultureInfo.InvariantCulture, $"argument {number + 1}");

    // The structure that the program's own prototype names: struct trace_event_raw_sys_enter *ctx.
    private int OwnParameter()
    {
        if (_code is not { Btf: { } btf, Functions: [{ TypeId: not 0 } main, ..] } || main.TypeId >= btf.EndId
            || btf[main.TypeId] is not { Kind: BtfKind.Func } function) return 0;
        if (btf.Resolve(function.TypeId) is not { Kind: BtfKind.FuncProto, Count: > 0 } prototype) return 0;
        int pointee = _types.Pointee(btf, prototype.GetParameters()[0].TypeId) ?? 0;
        return _types[pointee] is { } reference && btf[reference.Id].Kind == BtfKind.Struct && btf.SizeOf(reference.Id) > 0 ? pointee : 0;
    }

    private static TracepointFormat? FormatOf(ProgramCode code) =>
        code.Target is { Length: > 0 } target ? code.Kernel.Tracepoints?.Invoke(target) : null;

    private static (Btf, BtfParameter[], bool)? ByName(ProgramCode code)
    {
        if (code.Target is not { Length: > 0 } target) return null;
        bool tracepoint =
            code.Type is BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable
                || code.ExpectedAttachType == BpfAttachType.TraceRawTp;
        if (tracepoint)
            return code.Kernel.Btf is { } btf && btf.TryFind($"btf_trace_{target}", BtfKind.Typedef, out BtfType type)
                ? Function(btf, type.Id) : null;
        return Function(code.Kernel.Btf,
            code.Type == BpfProgramType.Lsm
                ? $"bpf_lsm_{target}" : code.ExpectedAttachType == BpfAttachType.TraceIter ? $"bpf_iter_{target}" : target);
    }

    private static (Btf, BtfParameter[], bool)? Function(Btf? btf, string? name) =>
        btf is not null && name is { Length: > 0 } && btf.TryFind(name, BtfKind.Func, out BtfType function)
            ? Function(btf, function.Id) : null;

    private static (Btf, BtfParameter[], bool)? Function(Btf btf, uint id)
    {
        if (id >= btf.EndId) return null;
        BtfType type = btf[id];

        // typedef void (*btf_trace_sched_switch)(void *, bool preempt, ...): the first argument is the tracepoint's own.
        bool tracepoint = type.Kind == BtfKind.Typedef;
        BtfType prototype =
            type.Kind == BtfKind.Func ? btf.Resolve(type.TypeId)
                : tracepoint && btf.Resolve(id) is { Kind: BtfKind.Ptr } pointer ? btf.Resolve(pointer.TypeId) : default;
        return prototype.Id != 0 && prototype.Kind == BtfKind.FuncProto
            ? (btf, prototype.GetParameters()[(tracepoint ? 1 : 0)..], tracepoint) : null;
    }
}
