using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Decompile;

/// <summary>
/// How many arguments calls take: helpers by their table, kernel functions by their prototype in the program's own BTF or else in the
/// kernel's, own functions by what they read, <c>bpf_trace_printk</c> by its format.
/// </summary>
internal sealed class CallSignatures : ICallSignatures
{
    private const int MaximumRounds = 8;
    private const int MaximumArguments = 5;

    private readonly ProgramCode _code;
    private readonly ProgramAnalysis _analysis;
    private readonly int[] _own;
    private readonly Dictionary<int, int> _functionAt = [];
    private readonly Dictionary<string, int?> _kernel = [];

    public CallSignatures(ProgramAnalysis analysis)
    {
        ProgramCode code = analysis.Code;
        (_code, _analysis) = (code, analysis);
        ReadOnlySpan<FlowFunction> functions = code.Flow.Functions;
        _own = new int[functions.Length];
        foreach (FlowFunction function in functions) _functionAt[function.Start] = function.Number;
        if (functions.Length > 1) CountOwn();
    }

    /// <summary>Arguments of a function of the program.</summary>
    public int OfFunction(int function) => _own[function];

    /// <inheritdoc/>
    public int? Arguments(in DecodedInstruction call)
    {
        if (call.Kind == OperationKind.TailCall) return 3;
        if (call.Kind == OperationKind.CallLocal)
            return _functionAt.TryGetValue((int)call.Target(_code.Form), out int own) ? _own[own] : null;
        if (_code.CallAt(call) is not { Name: { } name } target) return null;
        if (target.IsHelper("bpf_trace_printk")) return Printed(call.Index);
        if (target.Kind == CallTargetKind.Helper && HelperTable.Of(name) is { } helper)
            return helper.Roles.TrimEnd(ArgumentRole.None).Length;
        return OfKernel(target.Symbol ?? name) ?? OfKernel(name);
    }

    // A function's count depends on those of the functions that it calls; these mostly come later.
    private void CountOwn()
    {
        var lifter = new FunctionLifter(_code.Bytes, _code.Flow, this);
        for (int round = 0; round < MaximumRounds; round++)
        {
            bool changed = false;
            for (int i = _own.Length - 1; i >= 0; i--)
            {
                int count = round == MaximumRounds - 1 ? MaximumArguments : lifter.CountParameters(_code.Flow.Functions[i]);
                changed |= count != _own[i];
                _own[i] = count;
            }

            if (!changed) return;
        }
    }

    // The format and its size, then up to three values. Of a format that is not known, registers that nothing set since the last call hold
    // none.
    private int? Printed(int slot)
    {
        const int Fixed = 2;
        if (_analysis.CallAt(slot) is not { } call) return null;
        if (PrintFormat.Of(_analysis, call) is { } format) return Math.Min(MaximumArguments, Fixed + PrintFormat.Values(format));
        int count = MaximumArguments;
        while (count > Fixed && call.Arguments[count - 1].Kind == ValueKind.Unset) count--;
        return count;
    }

    private int? OfKernel(string name)
    {
        if (_kernel.TryGetValue(name, out int? known)) return known;
        // What follows three underscores distinguishes versions of one function (bpf_core_essential_name_len of libbpf).
        int flavour = name.LastIndexOf("___", StringComparison.Ordinal);
        return _kernel[name] =
            Declared(_code.Btf, name) ?? Declared(_code.Kernel.Btf, name)
                ?? (flavour > 0 ? Declared(_code.Kernel.Btf, name[..flavour]) : null);
    }

    private static int? Declared(Btf? btf, string name) =>
        btf is not null && btf.TryFind(name, BtfKind.Func, out BtfType function)
            && btf.Resolve(function.TypeId) is { Kind: BtfKind.FuncProto } prototype
            ? Math.Min(prototype.Count, MaximumArguments) : null;
}
