using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Packets.Headers;

namespace Skep.Debug.Trace;

/// <summary>A function that is traced: of a loaded program, or of the kernel where a program calls it.</summary>
public sealed record TraceTarget
{
    // Of contexts that are no packet: arguments of tracepoints, registers.
    internal const uint MostContextBytes = 256;

    private TraceTarget(ProgramCode program, string name)
    {
        Program = program;
        Name = name;
    }

    /// <summary>The program.</summary>
    public ProgramCode Program { get; }

    /// <summary>The function's name.</summary>
    public string Name { get; }

    /// <summary>The helper that the function implements; null where the function is the program's.</summary>
    public string? Helper { get; private init; }

    /// <summary>Whether the function is the program's first: its result is the program's.</summary>
    public bool IsMain { get; private init; }

    /// <summary>The types of its parameters and its result; null where they are not known.</summary>
    public Btf? Btf { get; private init; }

    /// <summary>The names and types of its parameters.</summary>
    public IReadOnlyList<BtfParameter> Parameters { get; private init; } = [];

    /// <summary>The type of its result; 0 for none.</summary>
    public uint ResultType { get; private init; }

    /// <summary>What its packets begin with; null where its context is no packet.</summary>
    public PacketStart? Start { get; private init; }

    /// <summary>What the context is.</summary>
    internal TraceContext Context { get; private init; }

    /// <summary>Which argument that is.</summary>
    internal int ContextArgument { get; private init; }

    /// <summary>A function of a program.</summary>
    /// <param name="program">The program as it is loaded.</param>
    /// <param name="function">The function's name; null for the first.</param>
    /// <exception cref="InvalidDataException">It has no such function.</exception>
    /// <exception cref="NotSupportedException">The kernel traces no such program.</exception>
    public static TraceTarget OfProgram(ProgramCode program, string? function)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Btf is not { } btf || program.Functions.Count == 0)
            throw new NotSupportedException(
                $"trace {Describe(program)}: it was loaded without BTF of its functions, which a trampoline needs ({Others(program)})");
        CodeFunction[] found = [.. program.Functions.Where(each => function is null ? each.Slot == 0 : each.Name == function)];
        if (found is not [{ Name: { } name } one, ..])
        {
            string names = string.Join(", ", program.Functions.Select(each => each.Name));
            throw new InvalidDataException($"trace {Describe(program)}: it has no function {function} (it has {names})");
        }

        BtfType prototype = btf[btf[one.TypeId].TypeId];
        BtfParameter[] parameters = prototype.Kind == BtfKind.FuncProto ? prototype.GetParameters() : [];
        int context = Array.FindIndex(parameters, each => ContextOf(btf, each.TypeId) != TraceContext.None);
        TraceContext kind = context >= 0 ? ContextOf(btf, parameters[context].TypeId) : TraceContext.None;
        if (one.Slot == 0 && kind == TraceContext.None) (kind, context) = (TraceContext.Bytes, 0);
        return new TraceTarget(program, name)
        {
            IsMain = one.Slot == 0,
            Btf = btf,
            Parameters = parameters,
            ResultType = prototype.Kind == BtfKind.FuncProto ? prototype.TypeId : 0,
            Context = kind,
            ContextArgument = Math.Max(context, 0),
            Start = kind is TraceContext.Xdp or TraceContext.Skb ? StartOf(program.Type) : null,
        };
    }

    /// <summary>The functions of the kernel that a program calls where its source calls a helper or a kernel function.</summary>
    /// <param name="program">The program as it is loaded.</param>
    /// <param name="helper">The name of the helper, with or without <c>bpf_</c>, or of the kernel function.</param>
    /// <exception cref="InvalidDataException">It calls no such function.</exception>
    public static IReadOnlyList<TraceTarget> OfHelper(ProgramCode program, string helper)
    {
        ArgumentNullException.ThrowIfNull(program);
        var calls = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (DecodedInstruction item in Decoder.Decode(program.Instructions))
        {
            if (program.CallAt(item) is not { Name: { } called, Kind: not CallTargetKind.Function } target) continue;
            if (!calls.TryGetValue(called, out SortedSet<string>? symbols)) calls[called] = symbols = new(StringComparer.Ordinal);
            symbols.Add(target.Symbol ?? called);
        }

        if (!calls.TryGetValue(helper, out SortedSet<string>? wanted) && !calls.TryGetValue($"bpf_{helper}", out wanted))
        {
            string made = calls.Count == 0 ? "it calls none" : $"it calls {string.Join(", ", calls.Keys)}";
            throw new InvalidDataException(
                $"trace {helper} of {Describe(program)}: the loaded code does not call it ({made}; what the verifier puts in place of a "
                + "call, as of lookups in arrays, cannot be traced)");
        }

        return [.. wanted.Select(symbol => OfKernel(program, symbol, helper))];
    }

    private static TraceTarget OfKernel(ProgramCode program, string symbol, string helper)
    {
        if (program.Kernel.Btf is not { } btf || !btf.TryFind(symbol, BtfKind.Func, out BtfType function))
            throw new NotSupportedException(
                $"trace {helper} of {Describe(program)}: the kernel's BTF does not have {symbol}, which it calls (trace the program: "
                + $"skep trace prog id {program.Info?.Id})");
        BtfType prototype = btf[function.TypeId];
        return new TraceTarget(program, symbol)
        {
            Helper = helper, Btf = btf, Parameters = prototype.GetParameters(), ResultType = prototype.TypeId,
        };
    }

    /// <summary>How messages call a program.</summary>
    internal static string Describe(ProgramCode program) => $"program {program.Info?.Id} ({program.Name})";

    /// <summary>What to do where a program cannot be traced.</summary>
    internal static string Others(ProgramCode program)
    {
        string id = $"id {program.Info?.Id}";
        return $"run it on given packets: skep prog replay {id}; step through it: skep debug {id}; its run time: skep top";
    }

    private static TraceContext ContextOf(Btf btf, uint type) =>
        btf.Resolve(type) is { Kind: BtfKind.Ptr } pointer && btf.Resolve(pointer.TypeId) is { Kind: BtfKind.Struct or BtfKind.Forward } to
            ? to.Name switch
            {
                "xdp_md" or "xdp_buff" => TraceContext.Xdp,
                "__sk_buff" or "sk_buff" => TraceContext.Skb,
                _ => TraceContext.None,
            }
            : TraceContext.None;

    private static PacketStart StartOf(BpfProgramType? type) => type is BpfProgramType.CgroupSkb or BpfProgramType.LwtIn
        or BpfProgramType.LwtOut or BpfProgramType.LwtXmit or BpfProgramType.LwtSeg6local or BpfProgramType.Netfilter
        ? PacketStart.Ip : PacketStart.Ethernet;
}
