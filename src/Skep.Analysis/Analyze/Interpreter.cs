using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>Applies instructions to a state. Calls of the program's own functions are the <see cref="FixedPoint"/>'s matter.</summary>
internal sealed class Interpreter
{
    private readonly ProgramCode _code;
    private readonly TypeTable _types;
    private readonly ContextLayout _context;
    private readonly CallModel _calls;

    public Interpreter(ProgramCode code, TypeTable types, ContextLayout context)
    {
        (_code, _types, _context) = (code, types, context);
        _calls = new CallModel(code, types, context);
    }

    /// <summary>Applies one instruction that is no call of the program's own functions.</summary>
    /// <param name="item">The instruction.</param>
    /// <param name="target">What it calls, when it is a call.</param>
    /// <param name="state">The state before it; then the state after it.</param>
    /// <param name="function">Number of the function that runs.</param>
    public void Apply(in DecodedInstruction item, CallTarget? target, MachineState state, int function)
    {
        switch (item.Kind)
        {
            case OperationKind.Move:
                state.Set(item.Dst, item.UsesSourceRegister ? Moved(item, state[item.Src]) : Immediate(item),
                    NumberArithmetic.Low(Right(item, state), item.Is32Bit ? 32 : 64));
                break;
            case OperationKind.Arithmetic or OperationKind.Negate:
                Value right = item.UsesSourceRegister ? state[item.Src] : Immediate(item);
                Value result =
                    item is { Kind: OperationKind.Arithmetic, AluOp: AluOp.Add, Is32Bit: false }
                        && Field(item.Index, state[item.Dst], right) is { } field
                    ? field : Arithmetic.Apply(item, state[item.Dst], right, _calls);
                state.Set(item.Dst, result,
                    NumberArithmetic.Apply(item, state.Numbers(item.Dst),
                        item.Kind == OperationKind.Negate ? Numbers.Of(0) : Right(item, state)));
                break;
            case OperationKind.SignedDivide or OperationKind.SignedModulo:
                state.Set(item.Dst, Value.Scalar(item.Index), NumberArithmetic.Apply(item, state.Numbers(item.Dst), Right(item, state)));
                break;
            case OperationKind.MoveSignExtend:
                state.Set(item.Dst, state[item.Src] is { Kind: ValueKind.Scalar } scalar ? scalar : Value.Scalar(item.Index),
                    NumberArithmetic.Apply(item, Numbers.Of(0), state.Numbers(item.Src)));
                break;
            case OperationKind.ToLittleEndian or OperationKind.ToBigEndian or OperationKind.ByteSwap:
                state.Set(item.Dst, Value.Scalar(item.Index), NumberArithmetic.Apply(item, state.Numbers(item.Dst), Numbers.Of(0)));
                break;
            case OperationKind.AddressSpaceCast:
                state[item.Dst] = Value.Pointer(ValueKind.Memory, 0, item.Index);
                break;
            case OperationKind.PerCpuAddress:
                state[item.Dst] =
                    state[item.Src] is { Kind: ValueKind.PerCpuValue } perCpu
                        ? Value.Pointer(ValueKind.MapValue, perCpu.Id, perCpu.Origin) : state[item.Src];
                break;
            case OperationKind.LoadNumber:
                state.Set(item.Dst, Number(item), _code.CoreFields.ContainsKey(item.Index) ? Numbers.Any : Numbers.Of(item.Imm64));
                break;
            case OperationKind.LoadMap or OperationKind.LoadMapIndex:
                state[item.Dst] = Value.Pointer(ValueKind.Map, _code.MapOfSlot.GetValueOrDefault(item.Index, -1), item.Index);
                break;
            case OperationKind.LoadMapValue or OperationKind.LoadMapIndexValue:
                state[item.Dst] =
                    Value.Pointer(ValueKind.MapValue, _code.MapOfSlot.GetValueOrDefault(item.Index, -1), item.Index, (uint)item.SecondImm);
                break;
            case OperationKind.LoadBtfId:
                state[item.Dst] = Value.Pointer(ValueKind.Symbol, 0, item.Index);
                break;
            case OperationKind.LoadFunction:
                state[item.Dst] = Value.Pointer(ValueKind.Function, 0, item.Index, item.Target(_code.Form));
                break;
            case OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect:
                CallModel.Clobber(state);
                state.Set(Register.R0, Value.Scalar(item.Index, item.Bytes * 8), Numbers.OfBits(item.Bytes * 8));
                break;
            case OperationKind.Load or OperationKind.ProbeLoad or OperationKind.LoadAcquire or OperationKind.LoadSignExtend
                or OperationKind.ProbeLoadSignExtend:
                Value loaded = Load(item.Index, Address(item, state[item.Src]), item.Bytes, state, function, out Numbers numbers);
                if (item.Kind is OperationKind.LoadSignExtend or OperationKind.ProbeLoadSignExtend)
                    (loaded, numbers) = SignExtended(item, loaded, numbers);
                state.Set(item.Dst, loaded, numbers);
                break;
            case OperationKind.ArenaLoad:
                state.Set(item.Dst, Value.Scalar(item.Index, item.Bytes * 8), Numbers.OfBits(item.Bytes * 8));
                break;
            case OperationKind.ArenaLoadSignExtend:
                state[item.Dst] = Value.Scalar(item.Index, item.Bytes * 8);
                break;
            case OperationKind.Store or OperationKind.StoreImmediate or OperationKind.StoreRelease:
                bool immediate = item.Kind == OperationKind.StoreImmediate;
                Store(state[item.Dst].Plus(item.Offset), item.Bytes, immediate ? Value.Constant(item.Imm) : state[item.Src],
                    immediate ? ImmediateNumbers(item) : state.Numbers(item.Src), state, function);
                break;
            case OperationKind.Atomic or OperationKind.ArenaAtomic:
                if (item.Kind == OperationKind.Atomic)
                    Store(state[item.Dst].Plus(item.Offset), item.Bytes, Value.Unknown, Numbers.Any, state, function);
                if (item.AtomicOp == AtomicOp.CompareExchange)
                    state.Set(Register.R0, Value.Scalar(item.Index, item.Bytes * 8), Numbers.OfBits(item.Bytes * 8));
                else if (((int)item.AtomicOp & 1) != 0)
                    state.Set(item.Src, Value.Scalar(item.Index, item.Bytes * 8), Numbers.OfBits(item.Bytes * 8));
                break;
            case OperationKind.CallHelper or OperationKind.CallKfunc or OperationKind.CallIndirect or OperationKind.TailCall:
                _calls.Apply(item, target, state, function);
                break;
        }
    }

    /// <summary>The address of a memory operand. A CO-RE relocation gives the type of a base that is not known otherwise.</summary>
    public Value Address(in DecodedInstruction item, in Value address)
    {
        bool untyped = address.Kind is ValueKind.Scalar or ValueKind.Unknown || address is { Kind: ValueKind.Kernel, Id: 0 };
        return untyped && Core(item.Index) is { } type
            ? Value.Pointer(ValueKind.Kernel, type, Value.Merged, item.Offset) : address.Plus(item.Offset);
    }

    /// <summary>The numbers of the second operand of an arithmetic instruction or of a comparison.</summary>
    public Numbers Right(in DecodedInstruction item, MachineState state) =>
        item.UsesSourceRegister ? state.Numbers(item.Src) : ImmediateNumbers(item);

    // What a relocation puts in is not known before; whether the kernel has a type is.
    private Numbers ImmediateNumbers(in DecodedInstruction item)
    {
        if (_code.CoreFields.Count == 0 || !_code.CoreFields.ContainsKey(item.Index)) return Numbers.Of((ulong)item.Imm);
        return TypeExists(item.Index) is { } exists ? Numbers.Of(exists ? 1u : 0u) : Numbers.Any;
    }

    private static (Value, Numbers) SignExtended(in DecodedInstruction item, in Value loaded, in Numbers numbers)
    {
        int bits = item.Bytes * 8;
        Value value = loaded.Kind == ValueKind.Constant ? Value.Constant(loaded.Offset << (64 - bits) >> (64 - bits)) : loaded;
        return (value, NumberArithmetic.Signed(numbers, bits));
    }

    private Value Immediate(in DecodedInstruction item)
    {
        long number = item.Is32Bit ? (uint)item.Imm : item.Imm;
        if (TypeExists(item.Index) is { } exists) return Value.Relocated(exists ? 1 : 0, item.Index);
        return _code.CoreFields.ContainsKey(item.Index) ? Value.Relocated(number, item.Index) : Value.Constant(number);
    }

    /// <summary>
    /// Whether a jump is always taken, or never: when it asks for a type that the running kernel has, or has not. Null for other jumps.
    /// </summary>
    public bool? Decided(in DecodedInstruction jump, MachineState state)
    {
        if (jump is not
            {
                Kind: OperationKind.JumpConditional, UsesSourceRegister: false,
                Condition: Condition.Equal or Condition.NotEqual
            }) return null;
        if (state[jump.Dst] is not { Kind: ValueKind.Constant, Origin: >= 0 } asked || TypeExists(asked.Origin) is null) return null;
        return (asked.Offset == jump.Imm) == (jump.Condition == Condition.Equal);
    }

    // BPF_CORE_TYPE_EXISTS: libbpf puts in 1 or 0 by the kernel that the object is loaded into. task_struct___old means task_struct.
    private bool? TypeExists(int slot)
    {
        const uint typeExists = 8;
        if (_code.CoreFields.Count == 0 || !_code.CoreFields.TryGetValue(slot, out CoreField core) || core.Kind != typeExists
            || _code.Btf is not { } btf || core.TypeId >= btf.EndId || _code.Kernel.Btf is not { } kernel) return null;
        BtfType type = btf[core.TypeId];
        string name = type.Name.Split("___")[0];
        return name.Length > 0 && kernel.TryFind(name, type.Kind == BtfKind.Forward ? BtfKind.Struct : type.Kind, out _);
    }

    // An address and the offset of a field that CO-RE finds: the sum points to the field.
    private Value? Field(int slot, in Value left, in Value right)
    {
        if (_code.CoreFields.Count == 0) return null;
        (Value address, Value offset) = right.Kind == ValueKind.Constant ? (left, right) : (right, left);
        if (offset is not { Kind: ValueKind.Constant, Origin: >= 0 } || address.Kind is not (ValueKind.Scalar or ValueKind.Unknown)
            || Core(offset.Origin) is not { } type) return null;
        return Value.Pointer(ValueKind.Kernel, type, slot, offset.Offset);
    }

    // The type whose field's offset an instruction is given.
    private int? Core(int slot) =>
        _code.CoreFields.TryGetValue(slot, out CoreField core) && core.Kind == 0 && _code.Btf is { } btf && core.TypeId < btf.EndId
            && _types.Add(btf, core.TypeId) is > 0 and var type ? type : null;

    private static Value Moved(in DecodedInstruction item, in Value value)
    {
        if (!item.Is32Bit) return value;
        return value.Kind switch
        {
            ValueKind.Constant => Value.Constant((uint)value.Offset),
            ValueKind.Scalar => Arithmetic.Masked(value, 32, item.Index),

            // 32-bit packet pointers of __sk_buff and xdp_md are moved as words before they are cast (clang with alu32).
            ValueKind.Packet or ValueKind.PacketEnd or ValueKind.PacketMeta => value,
            ValueKind.Unset => value,
            _ => Value.Scalar(item.Index, 32),
        };
    }

    // The verifier puts in addresses of the kernel's variables: inlined helpers, and variables by BTF id.
    private Value Number(in DecodedInstruction item) =>
        _code.Form == ProgramForm.Translated && item.Imm64 > uint.MaxValue && _code.Kernel.Symbol(item.Imm64) is not null
            ? Value.Pointer(ValueKind.Symbol, 0, item.Index) : Value.Constant((long)item.Imm64);

    private Value Load(int slot, in Value address, int size, MachineState state, int function, out Numbers numbers)
    {
        var scalar = Value.Scalar(slot, size * 8);
        numbers = Numbers.OfBits(size * 8);
        switch (address.Kind)
        {
            case ValueKind.Stack when address.Id == function && address.HasOffset:
                return state.Frame.Load(address.Offset, size, out numbers) ?? scalar;
            case ValueKind.Context when address.HasOffset:
                if (_context.IsResultBefore(address.Offset)) numbers = Numbers.Of(0);
                return _context.Load(slot, address.Offset, size);
            case ValueKind.Kernel when address.HasOffset && size == sizeof(ulong):
                return _types[address.Id] is { } type && TypeTable.Field(type.Btf, type.Id, address.Offset, size) is { TypeId: not 0 } field
                    ? PacketField(type, field, slot) ?? _context.Typed(type.Btf, field.TypeId, slot) ?? scalar : scalar;
            case ValueKind.MapSlot when size == sizeof(ulong):
                return _calls.IsOfMaps(address.Id)
                    ? Value.Pointer(ValueKind.Map, -1, slot) : Value.Pointer(ValueKind.PerCpuValue, address.Id, slot);
            default:
                return scalar;
        }
    }

    // Packet data of a socket buffer that was reached by a pointer of the kernel.
    private Value? PacketField(TypeReference type, FieldPlace field, int slot) =>
        _code.Form == ProgramForm.Translated && type.Name is "sk_buff" && field.Path == "data" && _context.Name == "sk_buff"
            ? Value.Pointer(ValueKind.Packet, 0, slot) : null;

    // An address that is not known may be one in the frame: what was stored there may have changed.
    private static void Store(in Value address, int size, in Value value, in Numbers numbers, MachineState state, int function)
    {
        if (address.Kind == ValueKind.Unknown) state.Frame.Forget(Value.AnyOffset);
        else if (address.Kind is ValueKind.Scalar or ValueKind.Unset) state.Frame.ForgetNumbers();
        if (address.Kind != ValueKind.Stack || address.Id != function) return;
        if (address.HasOffset)
            state.Frame.Store(address.Offset, size, size < sizeof(ulong) ? Truncated(value, size) : value,
                value.IsPointer ? Numbers.Any : NumberArithmetic.Low(numbers, size * 8));
        else state.Frame.Forget(Value.AnyOffset);
    }

    private static Value Truncated(in Value value, int size) => value.Kind switch
    {
        ValueKind.Constant => Value.Constant(value.Offset & ((1L << (size * 8)) - 1)),
        ValueKind.Scalar => Arithmetic.Masked(value, size * 8, value.Origin),
        _ => Value.Unknown,
    };
}
