using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Decompile;

/// <summary>
/// Writes expressions as C that computes the same.
/// </summary>
internal sealed class ExpressionWriter(ProgramCode code, Place place, VariableTypes types, VariableNames names, FrameObjects frame,
    Func<int, string> functionName, Func<int, int, CKind> parameterKind)
{
    private readonly AccessWriter _accesses = new(place, types, names, frame);

    /// <summary>An expression where any type will do: an argument, what is assigned to a variable of 64 bits.</summary>
    public string Value(Expression expression) => Write(expression).Text;

    /// <summary>A truth value.</summary>
    public string Condition(Expression expression) => Write(expression).Text;

    /// <summary>What is assigned to memory: the address with its offset.</summary>
    public CText Target(Expression address, long offset, int bytes, int slot) =>
        _accesses.Access(this, address, offset, bytes, signed: null, slot);

    /// <summary>Whether something was written as an address in the frame where no object is: from <c>frame</c>, its end.</summary>
    public bool UsesFrame => _accesses.UsesFrame;

    /// <summary>An expression that is assigned to something of a kind.</summary>
    public string Assigned(Expression expression, CKind kind) => Write(expression).AssignedTo(kind).Text;

    public CText Write(Expression expression)
    {
        switch (expression)
        {
            case Number number:
                return CText.Literal(number.Value);
            case Use use:
                return new(names[use.Variable], Binding.Primary, types.KindOf(use.Variable));
            case FrameAddress address:
                return _accesses.Address(address.Offset);
            case Symbol symbol:
                return SymbolText(symbol);
            case Binary binary:
                return binary is { Bits: 64, Operator: BinaryOperator.Add, Right: Number { Value: var into } }
                    && _accesses.Inside(binary.Left, into) is { } inside ? inside
                    : OperatorWriter.Binary(binary, Write(binary.Left), Write(binary.Right));
            case Negation negation:
                return OperatorWriter.Negate(negation, Write(negation.Value));
            case ByteOrder order:
                string function =
                    order.Kind switch { OperationKind.ToBigEndian => "htobe", OperationKind.ToLittleEndian => "htole", _ => "bswap_" };
                return new($"{function}{order.Bits}({Write(order.Value).Number().Text})", Binding.Primary,
                    order.Bits switch { 16 => CKind.Small, 32 => CKind.U32, _ => CKind.U64 });
            case Extension extension:
                return OperatorWriter.Extend(extension, Write(extension.Value));
            case Load load:
                bool acquires = load.Kind == OperationKind.LoadAcquire;
                CText access = _accesses.Access(this, load.Address, load.Offset, load.Bytes, acquires ? null : load.IsSigned, load.Slot);
                return acquires
                    ? new($"load_acquire({AddressOf(access.In(Binding.Unary))})", Binding.Primary, AccessWriter.KindOf(load.Bytes))
                    : access;
            case Comparison comparison:
                return OperatorWriter.Compare(comparison, Write(comparison.Left), Write(comparison.Right));
            case Not not:
                return new("!" + Write(not.Value).In(Binding.Unary), Binding.Unary, CKind.Small);
            case Logic logic:
                int rank = logic.IsAnd ? Binding.And : Binding.Or;
                return new($"{Arm(logic.Left, logic.IsAnd)} {(logic.IsAnd ? "&&" : "||")} {Arm(logic.Right, logic.IsAnd)}", rank,
                    CKind.Small);
            case MayGoto:
                return new("may_goto()", Binding.Primary, CKind.Small);
            case Call call:
                return new(CallText(call), Binding.Primary, CallResults.Of(code, code.CallAt(call.Instruction)));
            case Atomic atomic:
                return new(AtomicText(atomic), Binding.Primary, atomic.Instruction.Bytes == 4 ? CKind.U32 : CKind.U64);
            case Special special:
                return new(SpecialText(special), Binding.Primary, CKind.U64);
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} cannot be written");
        }
    }

    // Mixed && and || in parentheses, as compilers ask for.
    private string Arm(Expression expression, bool inAnd) =>
        expression is Logic logic && logic.IsAnd != inAnd
            ? $"({Write(expression).Text})" : Write(expression).In(inAnd ? Binding.And : Binding.Or);

    /// <summary>The address of something in memory.</summary>
    internal static string AddressOf(string place) => place[0] == '*' ? place[1..] : $"&{place}";

    private CText SymbolText(Symbol symbol)
    {
        DecodedInstruction load = symbol.Load;
        switch (load.Kind)
        {
            case OperationKind.LoadFunction:
                return new(functionName((int)load.Target(code.Form)), Binding.Primary, CKind.Bytes);
            case OperationKind.LoadBtfId:
                return new($"&{(code.SymbolOfSlot.TryGetValue(load.Index, out string? name) ? CTypeText.Identifier(name) : Kernel(load))}",
                    Binding.Unary, CKind.Pointer);
            case OperationKind.LoadMap or OperationKind.LoadMapIndex:
                return new($"&{MapName(load)}", Binding.Unary, CKind.Pointer);
            default:
                uint offset = (uint)load.SecondImm;
                if (code.MapAt(load.Index) is { } map)
                {
                    if (TextIn(map, offset) is { } text) return new(text, Binding.Primary, CKind.Bytes);
                    if (Place.VariableAt(map, offset) is { } variable)
                        return variable.Inside == 0 ? new($"&{variable.Name}", Binding.Unary, CKind.Pointer)
                            : new($"(void *)&{variable.Name} + {variable.Inside}", Binding.Sum, CKind.Bytes);
                }

                return offset == 0 ? new($"(void *)&{MapName(load)}", Binding.Unary, CKind.Bytes)
                    : new($"(void *)&{MapName(load)} + {offset}", Binding.Sum, CKind.Bytes);
        }
    }

    private string Kernel(in DecodedInstruction load) =>
        code.Kernel.Types?.Name((uint)load.Imm) is { } name ? CTypeText.Identifier(name) : $"btf_{load.Imm}";

    private string MapName(in DecodedInstruction load) =>
        code.MapAt(load.Index) is { Name.Length: > 0 } map ? CTypeText.Identifier(map.Name)
        : code.Form == ProgramForm.Translated
            ? $"map_{load.Imm}" : load.Kind is OperationKind.LoadMapIndex or OperationKind.LoadMapIndexValue
                ? $"map_index_{load.Imm}" : $"map_fd_{load.Imm}";

    /// <summary>A string of constants that ends with a NUL, as C writes it; null when there is none.</summary>
    private static string? TextIn(CodeMap map, uint offset)
    {
        if (map.Name is not { } name || !name.StartsWith(".rodata", StringComparison.Ordinal) || offset >= map.Content.Length) return null;
        ReadOnlySpan<byte> rest = map.Content.Span[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end > 1 ? CString.Of(rest[..end], int.MaxValue) : null;
    }

    private string CallText(Call call)
    {
        if (call.Instruction.Kind == OperationKind.CallIndirect)
            return $"(*{Write(call.Parts[^1]).In(Binding.Unary)})({Arguments(call.Parts.Take(call.Parts.Count - 1), _ => null)})";
        if (call.Instruction.Kind == OperationKind.CallLocal)
        {
            int function = (int)call.Instruction.Target(code.Form);
            return $"{functionName(function)}({Arguments(call.Parts, i => parameterKind(function, i))})";
        }

        CallTarget? target = code.CallAt(call.Instruction);
        string name = target is { Symbol: { } symbol } ? symbol : target is { Name: { } known } ? known
            : call.Instruction.Kind == OperationKind.CallKfunc ? $"kfunc_{call.Instruction.Imm}" : $"helper_{call.Instruction.Imm}";
        HelperSignature? helper = target is { Kind: CallTargetKind.Helper, Name: { } called } ? HelperTable.Of(called) : null;
        string arguments = Arguments(call.Parts, i =>
            helper?.RoleOf(i) is null or ArgumentRole.None or ArgumentRole.Size or ArgumentRole.Number ? null : CKind.Bytes);
        return $"{CTypeText.Identifier(name)}({arguments})";
    }

    private string Arguments(IEnumerable<Expression> parts, Func<int, CKind?> kind) =>
        string.Join(", ", parts.Select((part, i) => kind(i) is { } known ? Assigned(part, known) : Value(part)));

    private string AtomicText(Atomic atomic)
    {
        string place =
            _accesses.Access(this, atomic.Address, atomic.Offset, atomic.Instruction.Bytes, signed: null, atomic.Slot).In(Binding.Unary);
        string operation = atomic.Instruction.AtomicOp switch
        {
            AtomicOp.Exchange => "exchange",
            AtomicOp.CompareExchange => "compare_exchange",
            AtomicOp.Add or AtomicOp.FetchAdd => "fetch_add",
            AtomicOp.And or AtomicOp.FetchAnd => "fetch_and",
            AtomicOp.Or or AtomicOp.FetchOr => "fetch_or",
            _ => "fetch_xor",
        };
        string operands = string.Join(", ", atomic.Parts.Skip(1).Reverse().Select(Value));
        return $"atomic_{operation}({AddressOf(place)}, {operands})";
    }

    private string SpecialText(Special special)
    {
        string parts = string.Join(", ", special.Parts.Select(Value));
        return special.Instruction.Kind switch
        {
            OperationKind.LoadPacketAbsolute => $"load_packet_u{special.Instruction.Bytes * 8}({parts}, {special.Instruction.Imm})",
            OperationKind.LoadPacketIndirect => $"load_packet_u{special.Instruction.Bytes * 8}({parts} + {special.Instruction.Imm})",
            OperationKind.AddressSpaceCast =>
                $"addr_space_cast({parts}, {(uint)special.Instruction.Imm >> 16}, {(ushort)special.Instruction.Imm})",
            _ => $"this_cpu_address({parts})",
        };
    }
}
