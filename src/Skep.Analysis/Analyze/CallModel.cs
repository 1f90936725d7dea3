using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>What a call to the kernel leaves behind: R0, and what it wrote to the stack.</summary>
internal sealed class CallModel(ProgramCode code, TypeTable types, ContextLayout context)
{
    private readonly Dictionary<string, (Btf Btf, uint Return)?> _kfuncs = [];

    /// <summary>Applies a call of a helper, a kernel function, or one that is not known.</summary>
    /// <param name="call">The call.</param>
    /// <param name="target">What it calls.</param>
    /// <param name="state">The state before it; then the state after it.</param>
    /// <param name="caller">Number of the function that calls.</param>
    public void Apply(in DecodedInstruction call, CallTarget? target, MachineState state, int caller)
    {
        Value result = Value.Scalar(call.Index);
        Numbers numbers = Numbers.Any;
        if (target is { Kind: CallTargetKind.Helper, Name: { } name } helper)
        {
            if (HelperTable.Of(name) is { } signature)
            {
                numbers = HelperResults.Of(code.Type, signature, state);
                for (int i = 0; i < signature.Roles.Length; i++) Write(call.Index, name, signature, i, state, caller);

                // A callback is given a pointer, and may write there.
                if (signature.ArgumentOf(ArgumentRole.Function) >= 0) ForgetPassed(state);
                result =
                    name == "bpf_dynptr_data"
                        ? DynptrModel.Slice(code, call.Index, state, caller) : Result(call.Index, signature, helper.Symbol, state);
            }
        }
        else if (target is { Kind: CallTargetKind.Kfunc, Name: { } dynptr }
            && DynptrModel.TryApply(code, dynptr, call.Index, state, caller) is { } slice)
        {
            result = slice;
        }
        else if (target is { Kind: CallTargetKind.Kfunc, Name: { } function })
        {
            result =
                GivesOwnMemory(function) ? Value.Pointer(ValueKind.Memory, 0, call.Index)
                    : Returned(function) is { } type && context.Typed(type.Btf, type.Return, call.Index) is { } typed ? typed : result;
            ForgetPassed(state);
        }
        else
        {
            ForgetPassed(state);
        }

        Clobber(state);
        state.Set(Register.R0, result, numbers);
    }

    /// <summary>After any call the argument registers hold nothing.</summary>
    public static void Clobber(MachineState state)
    {
        for (Register register = Register.R1; register <= Register.R5; register++) state[register] = Value.Unset;
    }

    /// <summary>The callee may have written where it was given a pointer into the frame.</summary>
    public static void ForgetPassed(MachineState state)
    {
        long lowest = 0;
        for (Register register = Register.R1; register <= Register.R5; register++)
        {
            // The pointer of one of several paths may be into the frame.
            if (state[register].Kind == ValueKind.Unknown) lowest = Value.AnyOffset;
            if (state[register] is not { Kind: ValueKind.Stack } pointer) continue;
            lowest = pointer.HasOffset ? Math.Min(lowest, pointer.Offset) : Value.AnyOffset;
        }

        // What lies there may point into the frame as well.
        for (bool more = lowest < 0; more;)
        {
            long reached = lowest;
            foreach (StackEntry entry in state.Frame.Entries)
                if (entry.End > lowest && entry.Size == sizeof(ulong))
                    lowest =
                        entry.Value.Kind switch
                        {
                            ValueKind.Stack => Math.Min(lowest, entry.Value.Offset),
                            ValueKind.Unknown => Value.AnyOffset,
                            _ => lowest
                        };
            more = lowest < reached;
        }

        if (lowest < 0) state.Frame.Forget(lowest);
    }

    private static Register Argument(int number) => Register.R1 + (byte)number;

    // Objects that programs make (bpf_obj_new and what such are linked to by lists and trees), and an iterator's number: no objects of the
    // kernel.
    private static bool GivesOwnMemory(string function) => function is "bpf_iter_num_next"
        || function.StartsWith("bpf_obj_new", StringComparison.Ordinal)
        || function.StartsWith("bpf_percpu_obj_new", StringComparison.Ordinal)
        || function.StartsWith("bpf_refcount_acquire", StringComparison.Ordinal)
        || function.StartsWith("bpf_rbtree_", StringComparison.Ordinal) || function.StartsWith("bpf_list_", StringComparison.Ordinal);

    private void Write(int slot, string name, HelperSignature signature, int number, MachineState state, int caller)
    {
        char role = signature.Roles[number];
        if (role is not (ArgumentRole.Write or ArgumentRole.ReadWrite or ArgumentRole.LongOut or ArgumentRole.IntOut
            or ArgumentRole.ValueOut or ArgumentRole.DynptrOut)) return;
        if (state[Argument(number)].Kind == ValueKind.Unknown) state.Frame.Forget(Value.AnyOffset);
        if (state[Argument(number)] is not { Kind: ValueKind.Stack } target || target.Id != caller) return;
        ulong? size = role switch
        {
            ArgumentRole.LongOut => sizeof(ulong),
            ArgumentRole.IntOut => sizeof(uint),
            ArgumentRole.DynptrOut => 16,
            ArgumentRole.ValueOut => MapOf(state, signature)?.ValueSize,
            _ => state.Numbers(Argument(number + 1)).Single,
        };
        if (size is not (<= StackFrame.Bytes and var known) || !target.HasOffset)
        {
            // The length of what is written is a variable: at most its largest value.
            ulong most =
                role is ArgumentRole.Write or ArgumentRole.ReadWrite ? state.Numbers(Argument(number + 1)).Greatest : ulong.MaxValue;
            state.Frame.Forget(target.Offset, target.HasOffset && most <= StackFrame.Bytes ? target.Offset + (long)most : 0);
            return;
        }

        Value written = Value.Written(slot);
        if (name is "bpf_probe_read_kernel" or "bpf_probe_read"
            && state[Register.R3] is { Kind: ValueKind.Kernel or ValueKind.Context, HasOffset: true } source)
            written = Pointed(slot, source, (int)known) ?? written;
        state.Frame.Store(target.Offset, (int)known, written, Numbers.Any);
    }

    // A pointer that was read out of a structure has the type of its field.
    private Value? Pointed(int slot, in Value source, int size)
    {
        if (size != sizeof(ulong)) return null;
        if (source.Kind == ValueKind.Context)
            return context.Load(slot, source.Offset, size) is { IsPointer: true } argument ? argument : null;
        return types[source.Id] is { } type && TypeTable.Field(type.Btf, type.Id, source.Offset, size) is { TypeId: not 0 } field
            ? context.Typed(type.Btf, field.TypeId, slot) : null;
    }

    private CodeMap? MapOf(MachineState state, HelperSignature signature) =>
        signature.ArgumentOf(ArgumentRole.Map) is >= 0 and var number && state[Argument(number)] is { Kind: ValueKind.Map, Id: >= 0 } map
            ? code.Maps[map.Id] : null;

    private Value Result(int slot, HelperSignature helper, string? symbol, MachineState state)
    {
        Value first = state[Register.R1];
        return helper.Result switch
        {
            HelperResult.MapValue when first.Kind == ValueKind.Map => MapValue(slot, first.Id, symbol),
            HelperResult.Record => Value.Pointer(ValueKind.Record, first.Kind == ValueKind.Map ? first.Id : -1, slot),
            HelperResult.Argument when first.Kind == ValueKind.Kernel => first with { Origin = slot },
            _ => helper.Structure is { } structure ? Kernel(Visible(structure), slot) : Value.Scalar(slot),
        };
    }

    private Value MapValue(int slot, int map, string? symbol) =>
        symbol is not null && HelperSymbols.GivesElement(symbol) ? Value.Pointer(ValueKind.MapElement, map, slot)
        : IsOfMaps(map) ? Value.Pointer(ValueKind.Map, -1, slot)
        : Value.Pointer(ValueKind.MapValue, map, slot);

    // Of a translated program, the verifier has turned accesses of these structures into those of the kernel's own.
    private string Visible(string structure) => code.Form != ProgramForm.Translated ? structure : structure switch
    {
        "bpf_sock" => "sock",
        "bpf_tcp_sock" => "tcp_sock",
        _ => structure,
    };

    private Value Kernel(string structure, int slot)
    {
        int type = types.Find(context.Types, structure);
        return Value.Pointer(ValueKind.Kernel, type != 0 ? type : types.Find(code.Kernel.Btf, structure), slot);
    }

    internal bool IsOfMaps(int map) => map >= 0 && code.Maps[map].Type is BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps;

    internal bool IsPerCpu(int map) =>
        map >= 0 && code.Maps[map].Type is BpfMapType.PercpuArray or BpfMapType.PercpuHash or BpfMapType.LruPercpuHash;

    private (Btf Btf, uint Return)? Returned(string function)
    {
        if (_kfuncs.TryGetValue(function, out (Btf, uint)? known)) return known;
        (Btf, uint)? found =
            code.Kernel.Btf is { } btf && btf.TryFind(function, BtfKind.Func, out BtfType type)
                ? (btf, btf.Resolve(type.TypeId).TypeId) : null;
        return _kfuncs[function] = found;
    }
}
