using System.Globalization;
using Skep.Bpf;
using Skep.Isa;
using Skep.Watch.Analyze;
using Skep.Watch.Code;
using Skep.Watch.Decompile.Lift;

namespace Skep.Watch.Decompile;

/// <summary>A piece of C.</summary>
/// <param name="Text">The text.</param>
/// <param name="Rank">How tightly its outermost operator binds, see <see cref="Binding"/>.</param>
/// <param name="Kind">What it is in C.</param>
internal readonly record struct CText(string Text, int Rank, CKind Kind)
{
    /// <summary>The text as an operand of an operator that binds this tightly.</summary>
    public string In(int rank) => Rank >= rank ? Text : $"({Text})";
}

/// <summary>How tightly C's operators bind.</summary>
internal static class Binding
{
    public const int Or = 1, And = 2, BitOr = 3, BitXor = 4, BitAnd = 5, Equality = 6, Relation = 7, Shift = 8, Sum = 9, Product = 10, Unary = 11, Primary = 12;
}

/// <summary>
/// Writes expressions as C that computes the same: a cast stands wherever C would compute in another width or with another sign. Three things
/// are BPF's, not C's: a division by 0 gives 0, a remainder by 0 the dividend, and a shift is by the low 5 or 6 bits.
/// </summary>
internal sealed class ExpressionWriter(ProgramCode code, Place place, VariableTypes types, VariableNames names, FrameObjects frame, Func<int, string> functionName)
{
    private const ulong LargestDecimal = 99_999;

    private readonly AccessWriter _accesses = new(place, types, names, frame);

    /// <summary>An expression where any type will do: an argument, what is assigned to a variable of 64 bits.</summary>
    public string Value(Expression expression) => Write(expression).Text;

    /// <summary>A truth value.</summary>
    public string Condition(Expression expression) => Write(expression).Text;

    /// <summary>What is assigned to memory: the address with its offset.</summary>
    public string Target(Expression address, long offset, int bytes, int slot) => _accesses.Access(this, address, offset, bytes, signed: null, slot).Text;

    public CText Write(Expression expression)
    {
        switch (expression)
        {
            case Number number:
                return Literal(number.Value);
            case Use use:
                return new(names[use.Variable], Binding.Primary, types.KindOf(use.Variable));
            case FrameAddress address:
                return _accesses.Address(address.Offset);
            case Symbol symbol:
                return SymbolText(symbol);
            case Binary binary:
                return binary.Bits == 64 ? Wide(binary) : Narrow(binary);
            case Negation negation:
                CText operand = Write(negation.Value);
                return new("-" + (negation.Bits == 64 ? ToU64(operand) : ToU32(operand)).In(Binding.Unary), Binding.Unary, negation.Bits == 64 ? CKind.U64 : CKind.U32);
            case ByteOrder order:
                string function = order.Kind switch { OperationKind.ToBigEndian => "htobe", OperationKind.ToLittleEndian => "htole", _ => "bswap_" };
                return new($"{function}{order.Bits}({Write(order.Value).Text})", Binding.Primary, order.Bits switch { 16 => CKind.Small, 32 => CKind.U32, _ => CKind.U64 });
            case Extension extension:
                return Extended(extension);
            case Load load:
                return _accesses.Access(this, load.Address, load.Offset, load.Bytes, load.IsSigned, load.Slot) is var access && load.Kind == OperationKind.LoadAcquire
                    ? new($"load_acquire(&{access.In(Binding.Unary)})", Binding.Primary, load.Bytes == 8 ? CKind.U64 : CKind.U32) : access;
            case Comparison comparison:
                return Compared(comparison);
            case Not not:
                return new("!" + Write(not.Value).In(Binding.Unary), Binding.Unary, CKind.Small);
            case Logic logic:
                int rank = logic.IsAnd ? Binding.And : Binding.Or;
                return new($"{Arm(logic.Left, logic.IsAnd)} {(logic.IsAnd ? "&&" : "||")} {Arm(logic.Right, logic.IsAnd)}", rank, CKind.Small);
            case MayGoto:
                return new("may_goto()", Binding.Primary, CKind.Small);
            case Call call:
                return new(CallText(call), Binding.Primary, CKind.U64);
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
        expression is Logic logic && logic.IsAnd != inAnd ? $"({Write(expression).Text})" : Write(expression).In(inAnd ? Binding.And : Binding.Or);

    internal static CText Literal(ulong value)
    {
        if (value <= LargestDecimal) return new(value.ToString(CultureInfo.InvariantCulture), Binding.Primary, CKind.Literal);
        return 0 - value <= LargestDecimal ? new("-" + (0 - value).ToString(CultureInfo.InvariantCulture), Binding.Unary, CKind.Literal)
            : new($"0x{value:x}", Binding.Primary, value > uint.MaxValue ? CKind.U64 : CKind.Literal);
    }

    internal static CText Cast(string type, CText value, CKind kind) => new($"({type}){value.In(Binding.Unary)}", Binding.Unary, kind);

    private static CText Signed(CText value, int bits) => bits == 64 && value.Kind == CKind.S64 ? value : Cast($"s{bits}", value, CKind.S64);

    private static string AddressOf(string place) => place[0] == '*' ? place[1..] : $"&{place}";

    private static CText ToU64(CText value) => value.Kind is CKind.U64 ? value : Cast("u64", value, CKind.U64);

    private static CText ToU32(CText value) => value.Kind is CKind.U32 ? value : Cast("u32", value, CKind.U32);

    private static bool IsWide(CKind kind) => kind is CKind.U64 or CKind.S64;

    private static CText Unsigned(CText value) => value.Kind == CKind.S64 ? Cast("u64", value, CKind.U64) : value;

    // A pointer to a type would count its elements.
    private static CText Number(CText value) => value.Kind is CKind.Pointer or CKind.Bytes ? Cast("u64", value, CKind.U64) : value;

    private CText Wide(Binary binary)
    {
        if (binary is { Operator: BinaryOperator.Add, Right: Number { Value: var into } } && _accesses.Inside(binary.Left, into) is { } inside) return inside;
        CText left = Write(binary.Left), right = Write(binary.Right);
        (string sign, int rank) = Sign(binary.Operator);
        switch (binary.Operator)
        {
            case BinaryOperator.Add or BinaryOperator.Subtract when left.Kind is CKind.Bytes or CKind.Pointer && right.Kind is CKind.Literal or CKind.U64 or CKind.U32 or CKind.Small:
                CText bytes = left.Kind == CKind.Bytes ? left : Cast("void *", left, CKind.Bytes);
                if (binary is { Operator: BinaryOperator.Add, Right: Number { Value: var back } } && (long)back is < 0 and > int.MinValue)
                    return new($"{bytes.In(rank)} - {(ulong)-(long)back}", rank, CKind.Bytes);
                return new($"{bytes.In(rank)} {sign} {right.In(rank + 1)}", rank, CKind.Bytes);
            case BinaryOperator.Add when binary.Right is Number { Value: var less } && (long)less is < 0 and > int.MinValue:
                return new($"{ToU64(Number(left)).In(Binding.Sum)} - {(ulong)-(long)less}", Binding.Sum, CKind.U64);
            case BinaryOperator.SignedDivide or BinaryOperator.SignedModulo:
                return new($"{Signed(left, 64).In(rank)} {sign} {Signed(right, 64).In(rank + 1)}", rank, CKind.S64);
            case BinaryOperator.SignedShiftRight:
                return new($"{Signed(left, 64).In(rank)} >> {Number(right).In(rank + 1)}", rank, CKind.S64);
            case BinaryOperator.ShiftLeft:
                return new($"{ToU64(Number(left)).In(rank)} << {Number(right).In(rank + 1)}", rank, CKind.U64);
            case BinaryOperator.ShiftRight:
                return new($"{ToU64(Number(Unsigned(left))).In(rank)} >> {Number(right).In(rank + 1)}", rank, CKind.U64);
            case BinaryOperator.And or BinaryOperator.Or or BinaryOperator.Xor:
                (left, right) = (Number(left), Number(right));

                // A negative literal beside 32 bits would lose its upper half.
                if (IsNegative(right) && !IsWide(left.Kind)) left = ToU64(left);
                bool narrow = !IsWide(left.Kind) && !IsWide(right.Kind);
                return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, narrow ? left.Kind == CKind.U32 || right.Kind == CKind.U32 ? CKind.U32 : CKind.Small : CKind.U64);
            case BinaryOperator.Divide or BinaryOperator.Modulo:
                (left, right) = (Number(Unsigned(left)), Number(Unsigned(right)));
                if (left.Kind != CKind.U64 && right.Kind != CKind.U64) left = ToU64(left);
                return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, CKind.U64);
            default:
                (left, right) = (Number(left), Number(right));
                if (!IsWide(left.Kind) && !IsWide(right.Kind)) left = ToU64(left);
                return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, left.Kind == CKind.U64 || right.Kind == CKind.U64 ? CKind.U64 : CKind.S64);
        }
    }

    private CText Narrow(Binary binary)
    {
        CText left = Write(binary.Left), right = Write(binary.Right);
        (string sign, int rank) = Sign(binary.Operator);
        switch (binary.Operator)
        {
            case BinaryOperator.SignedDivide or BinaryOperator.SignedModulo:
                return Cast("u32", new($"{Cast("s32", left, CKind.U32).Text} {sign} {Cast("s32", right, CKind.U32).Text}", rank, CKind.U32), CKind.U32);
            case BinaryOperator.SignedShiftRight:
                return Cast("u32", new($"{Cast("s32", left, CKind.U32).Text} >> {Number(right).In(rank + 1)}", rank, CKind.U32), CKind.U32);
            case BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight:
                return new($"{ToU32(left).In(rank)} {sign} {Number(right).In(rank + 1)}", rank, CKind.U32);
            case BinaryOperator.Add when binary.Right is Number { Value: var less } && (int)less is < 0 and > int.MinValue:
                return new($"{ToU32(left).In(rank)} - {(uint)-(int)less}", rank, CKind.U32);
            default:
                left = ToU32(left);
                right = right.Kind is CKind.U32 or CKind.Literal or CKind.Small ? right : ToU32(right);
                return new($"{left.In(rank)} {sign} {right.In(rank + 1)}", rank, CKind.U32);
        }
    }

    private CText Extended(Extension extension)
    {
        CText value = Write(extension.Value);
        string from = $"{(extension.IsSigned ? "s" : "u")}{extension.From}";
        CText low = Cast(from, value, extension.From == 32 ? CKind.U32 : CKind.Small);
        if (!extension.IsSigned) return low;
        return extension.To == 64 ? Cast("s64", low, CKind.S64) : Cast("u32", low, CKind.U32);
    }

    private CText Compared(Comparison comparison)
    {
        CText left = Write(comparison.Left), right = Write(comparison.Right);
        (string sign, bool signed, int rank) = comparison.Condition switch
        {
            Isa.Condition.Equal => ("==", false, Binding.Equality),
            Isa.Condition.NotEqual => ("!=", false, Binding.Equality),
            Isa.Condition.Greater => (">", false, Binding.Relation),
            Isa.Condition.GreaterOrEqual => (">=", false, Binding.Relation),
            Isa.Condition.Less => ("<", false, Binding.Relation),
            Isa.Condition.LessOrEqual => ("<=", false, Binding.Relation),
            Isa.Condition.SignedGreater => (">", true, Binding.Relation),
            Isa.Condition.SignedGreaterOrEqual => (">=", true, Binding.Relation),
            Isa.Condition.SignedLess => ("<", true, Binding.Relation),
            Isa.Condition.SignedLessOrEqual => ("<=", true, Binding.Relation),
            _ => ("&", false, Binding.BitAnd),
        };
        if (comparison.Bits == 64 && comparison.Right is Number { Value: 0 } && rank == Binding.Equality && left.Kind is CKind.Pointer or CKind.Bytes)
            return sign == "==" ? new($"!{left.In(Binding.Unary)}", Binding.Unary, CKind.Small) : left with { Kind = CKind.Small };
        if (comparison.Bits == 64 && left.Kind == CKind.Bytes && right.Kind == CKind.Bytes && !signed && sign != "&")
            return new($"{left.In(rank + 1)} {sign} {right.In(rank + 1)}", rank, CKind.Small);
        if (signed)
        {
            right = comparison.Right is Number number ? Literal(comparison.Bits == 32 ? (ulong)(int)number.Value : number.Value) : Signed(right, comparison.Bits);
            return new($"{Signed(left, comparison.Bits).In(rank + 1)} {sign} {right.In(rank + 1)}", rank, CKind.Small);
        }

        if (comparison.Bits == 32)
        {
            (left, right) = (Low(left), Low(right));
            if (IsNegative(right) && left.Kind != CKind.U32) left = ToU32(left);
        }
        else
        {
            (left, right) = (Number(Unsigned(left)), Number(Unsigned(right)));
            if (left.Kind != CKind.U64 && right.Kind != CKind.U64 && IsNegative(right)) left = ToU64(left);
        }

        return new($"{left.In(rank + 1)} {sign} {right.In(rank + 1)}", rank, CKind.Small);
    }

    private static CText Low(CText value) => value.Kind is CKind.U64 or CKind.S64 or CKind.Bytes or CKind.Pointer ? Cast("u32", value, CKind.U32) : value;

    private static bool IsNegative(CText literal) => literal.Kind == CKind.Literal && literal.Text[0] == '-';

    private CText SymbolText(Symbol symbol)
    {
        DecodedInstruction load = symbol.Load;
        switch (load.Kind)
        {
            case OperationKind.LoadFunction:
                return new(functionName((int)load.Target(code.Form)), Binding.Primary, CKind.Bytes);
            case OperationKind.LoadBtfId:
                return new($"&{(code.SymbolOfSlot.TryGetValue(load.Index, out string? name) ? CTypeText.Identifier(name) : Kernel(load))}", Binding.Unary, CKind.Bytes);
            case OperationKind.LoadMap or OperationKind.LoadMapIndex:
                return new($"&{MapName(load)}", Binding.Unary, CKind.Bytes);
            default:
                uint offset = (uint)load.SecondImm;
                if (code.MapAt(load.Index) is { } map)
                {
                    if (TextIn(map, offset) is { } text) return new(text, Binding.Primary, CKind.Bytes);
                    if (Place.VariableAt(map, offset) is { } variable)
                        return variable.Inside == 0 ? new($"&{variable.Name}", Binding.Unary, CKind.Pointer) : new($"(void *)&{variable.Name} + {variable.Inside}", Binding.Sum, CKind.Bytes);
                }

                return offset == 0 ? new($"(void *)&{MapName(load)}", Binding.Unary, CKind.Bytes) : new($"(void *)&{MapName(load)} + {offset}", Binding.Sum, CKind.Bytes);
        }
    }

    private static string Kernel(in DecodedInstruction load) => Decode.KernelTypes.Name((uint)load.Imm) is { } name ? CTypeText.Identifier(name) : $"btf_{load.Imm}";

    private string MapName(in DecodedInstruction load) =>
        code.MapAt(load.Index) is { Name.Length: > 0 } map ? CTypeText.Identifier(map.Name)
        : code.Form == ProgramForm.Translated ? $"map_{load.Imm}" : load.Kind is OperationKind.LoadMapIndex or OperationKind.LoadMapIndexValue ? $"map_index_{load.Imm}" : $"map_fd_{load.Imm}";

    /// <summary>A string of constants that ends with a NUL, as C writes it; null when there is none.</summary>
    private static string? TextIn(CodeMap map, uint offset)
    {
        if (map.Name is not { } name || !name.StartsWith(".rodata", StringComparison.Ordinal) || offset >= map.Content.Length) return null;
        ReadOnlySpan<byte> rest = map.Content.Span[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return end > 1 ? CString.Of(rest[..end]) : null;
    }

    private string CallText(Call call)
    {
        string arguments = string.Join(", ", call.Parts.Take(call.Instruction.Kind == OperationKind.CallIndirect ? call.Parts.Count - 1 : call.Parts.Count).Select(Value));
        if (call.Instruction.Kind == OperationKind.CallIndirect) return $"(*{Write(call.Parts[^1]).In(Binding.Unary)})({arguments})";
        if (call.Instruction.Kind == OperationKind.CallLocal) return $"{functionName((int)call.Instruction.Target(code.Form))}({arguments})";
        CallTarget? target = code.CallAt(call.Instruction);
        string name = target is { Symbol: { } symbol } ? symbol : target is { Name: { } known } ? known
            : call.Instruction.Kind == OperationKind.CallKfunc ? $"kfunc_{call.Instruction.Imm}" : $"helper_{call.Instruction.Imm}";
        return $"{CTypeText.Identifier(name)}({arguments})";
    }

    private string AtomicText(Atomic atomic)
    {
        string place = _accesses.Access(this, atomic.Address, atomic.Offset, atomic.Instruction.Bytes, signed: null, atomic.Slot).In(Binding.Unary);
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
            OperationKind.AddressSpaceCast => $"addr_space_cast({parts}, {(uint)special.Instruction.Imm >> 16}, {(ushort)special.Instruction.Imm})",
            _ => $"this_cpu_address({parts})",
        };
    }

    private static (string Sign, int Rank) Sign(BinaryOperator op) => op switch
    {
        BinaryOperator.Add => ("+", Binding.Sum),
        BinaryOperator.Subtract => ("-", Binding.Sum),
        BinaryOperator.Multiply => ("*", Binding.Product),
        BinaryOperator.Divide or BinaryOperator.SignedDivide => ("/", Binding.Product),
        BinaryOperator.Modulo or BinaryOperator.SignedModulo => ("%", Binding.Product),
        BinaryOperator.And => ("&", Binding.BitAnd),
        BinaryOperator.Or => ("|", Binding.BitOr),
        BinaryOperator.Xor => ("^", Binding.BitXor),
        BinaryOperator.ShiftLeft => ("<<", Binding.Shift),
        _ => (">>", Binding.Shift),
    };
}
