using System.Globalization;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>A case of a conformance suite, as bpf_conformance and ubpf write them: sections that begin with <c>-- NAME</c>.</summary>
internal sealed class ConformanceCase
{
    private const int Jump = 0x05, JumpLong = 0x06, Call = 0x85, CallRegister = 0x8d, Exit = 0x95;

    private static readonly string[] s_atomics = ["add", "or", "and", "xor"];

    private readonly List<Instruction> _code = [];
    private readonly List<(int Slot, string Label)> _jumps = [];
    private readonly Dictionary<string, int> _labels = [];
    private bool _isOther;

    private ConformanceCase()
    {
    }

    /// <summary>The bytes that R1 points to.</summary>
    internal byte[] Memory { get; private set; } = [];

    /// <summary>What the program returns; null where it is to fail.</summary>
    internal ulong? Result { get; private set; }

    /// <summary>The program.</summary>
    internal Instruction[] Code { get; private set; } = [];

    /// <summary>
    /// Whether it is of more than the instruction set: has no program or no result, works on an ELF file, loads one twice, or calls
    /// functions that the suite brings along.
    /// </summary>
    internal bool IsOfSuite => _isOther || (CallsSuite && Result is not null);

    private bool CallsSuite => Code.Any(slot => slot is { Code: Call, Src: not 1 } or { Code: CallRegister });

    /// <exception cref="FormatException">The text is no such case, or its program is none.</exception>
    internal static ConformanceCase Read(string text)
    {
        var sections = new Dictionary<string, List<string>>();
        List<string> current = [];
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Split('#')[0].Trim();
            if (line.StartsWith("-- ", StringComparison.Ordinal)) sections[line[3..]] = current = [];
            else if (line.Length > 0) current.Add(line);
        }

        var found = new ConformanceCase { Memory = Bytes(sections.GetValueOrDefault("mem") ?? []) };
        bool fails = sections.Keys.Any(name => name.StartsWith("error", StringComparison.Ordinal));
        List<string> result = sections.GetValueOrDefault("result") ?? [];
        bool hasCode = sections.ContainsKey("asm") || sections.ContainsKey("raw");
        found._isOther = !hasCode || (!fails && result.Count == 0) || sections.ContainsKey("reload") || sections.ContainsKey("unload");
        if (found._isOther) return found;
        if (!fails) found.Result = Unsigned(result[0]);
        if (sections.GetValueOrDefault("raw") is { Count: > 0 } slots) found.ReadSlots(slots);
        else foreach (string line in sections.GetValueOrDefault("asm") ?? []) found.ReadLine(line);
        foreach ((int slot, string label) in found._jumps) found.Resolve(slot, label);
        found.Code = [.. found._code];
        return found;
    }

    // Slots as numbers of 64 bits, or as bytes.
    private void ReadSlots(List<string> lines)
    {
        string[] words = Words(lines);
        byte[] bytes = words[0].Length > 4 ? [.. words.SelectMany(word => BitConverter.GetBytes(Unsigned(word)))] : Bytes(lines);
        for (int at = 0; at + Instruction.Size <= bytes.Length; at += Instruction.Size)
        {
            _code.Add(new Instruction(bytes[at], bytes[at + 1] & 15, bytes[at + 1] >> 4, BitConverter.ToInt16(bytes, at + 2),
                BitConverter.ToInt32(bytes, at + 4)));
        }
    }

    private void ReadLine(string line)
    {
        if (line.EndsWith(':'))
        {
            _labels[line[..^1]] = _code.Count;
            return;
        }

        string[] words = line.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        string name = words[0];
        string[] operands = words[1..];
        bool isNarrow = name.EndsWith("32", StringComparison.Ordinal);
        string stem = isNarrow ? name[..^2] : name;
        switch (name)
        {
            case "exit":
                // "exit" is also a label: of the first.
                _labels.TryAdd(name, _code.Count);
                Emit(Exit);
                break;
            case "call":
                ReadCall(operands);
                break;
            case "ja" or "ja32":
                Target(operands[0]);
                Emit(isNarrow ? JumpLong : Jump);
                break;
            case "lddw":
                ulong value = Number(operands[1]);
                Emit(0x18, Register(operands[0]), imm: (int)value);
                Emit(0, imm: (int)(value >> 32));
                break;
            case "lock":
                ReadAtomic(operands);
                break;
            case not null when Width(name, "ldxs") is { } width:
                ReadAccess(0x81 | width, Register(operands[0]), operands[1], isLoad: true);
                break;
            case not null when Width(name, "ldx") is { } width:
                ReadAccess(0x61 | width, Register(operands[0]), operands[1], isLoad: true);
                break;
            case not null when Width(name, "stx") is { } width:
                ReadAccess(0x63 | width, Register(operands[1]), operands[0], isLoad: false);
                break;
            case not null when Width(name, "st") is { } width:
                (int to, short offset) = Place(operands[0]);
                Emit(0x62 | width, to, 0, offset, Imm(operands[1]));
                break;
            case not null when Condition(stem) is { } condition:
                Target(operands[2]);
                EmitBinary((isNarrow ? 6 : 5) | (condition << 4), operands, 0);
                break;
            default:
                ReadArithmetic(name!, operands);
                break;
        }
    }

    private void ReadArithmetic(string name, string[] operands)
    {
        foreach ((string swap, int opcode) in (ReadOnlySpan<(string, int)>)[("bswap", 0xd7), ("swap", 0xd7), ("be", 0xdc), ("le", 0xd4)])
        {
            if (!name.StartsWith(swap, StringComparison.Ordinal)) continue;
            Emit(opcode, Register(operands[0]), imm: Imm(name[swap.Length..]));
            return;
        }

        bool isNarrow = name.EndsWith("32", StringComparison.Ordinal);
        string stem = isNarrow || name.EndsWith("64", StringComparison.Ordinal) ? name[..^2] : name;
        short offset = 0;
        if (stem.StartsWith("movsx", StringComparison.Ordinal))
        {
            offset = (short)Imm(stem["movsx".Length..]);
            stem = "mov";
        }
        else if (stem is "sdiv" or "smod")
        {
            offset = 1;
            stem = stem[1..];
        }

        if (!Enum.TryParse(stem, ignoreCase: true, out AluOp op)) throw new FormatException($"{name} is no instruction");
        EmitBinary((isNarrow ? 4 : 7) | (int)op, operands, offset);
    }

    // lock [fetch] OP [REG+OFF], REG
    private void ReadAtomic(string[] operands)
    {
        bool isFetch = operands[0] == "fetch";
        if (isFetch) operands = operands[1..];
        bool isNarrow = operands[0].EndsWith("32", StringComparison.Ordinal);
        string stem = isNarrow ? operands[0][..^2] : operands[0];
        int op = stem switch
        {
            "add" => 0x00,
            "or" => 0x40,
            "and" => 0x50,
            "xor" => 0xa0,
            "xchg" => 0xe1,
            "cmpxchg" => 0xf1,
            _ => throw new FormatException($"lock {stem} is no instruction"),
        };
        (int to, short offset) = Place(operands[1]);
        Emit(isNarrow ? 0xc3 : 0xdb, to, Register(operands[2]), offset, isFetch && s_atomics.Contains(stem) ? op | 1 : op);
    }

    private void ReadCall(string[] operands)
    {
        if (operands is ["local", var function])
        {
            Target(function);
            Emit(Call, src: 1);
            return;
        }

        string called = operands[^1];
        if (called.StartsWith('%')) Emit(CallRegister, Register(called));
        else Emit(Call, src: operands[0] == "runtime" ? 2 : 0, imm: Imm(called));
    }

    private void ReadAccess(int opcode, int register, string place, bool isLoad)
    {
        (int memory, short offset) = Place(place);
        Emit(opcode, isLoad ? register : memory, isLoad ? memory : register, offset);
    }

    private void EmitBinary(int opcode, string[] operands, short offset)
    {
        int to = Register(operands[0]);
        if (operands.Length > 1 && operands[1].StartsWith('%')) Emit(opcode | 8, to, Register(operands[1]), offset);
        else Emit(opcode, to, 0, offset, operands.Length > 1 ? Imm(operands[1]) : 0);
    }

    private void Emit(int opcode, int dst = 0, int src = 0, short offset = 0, int imm = 0) =>
        _code.Add(new Instruction((byte)opcode, dst, src, offset, imm));

    private void Target(string label) => _jumps.Add((_code.Count, label));

    private void Resolve(int slot, string label)
    {
        Instruction jump = _code[slot];
        int distance = label[0] is '+' or '-' ? Imm(label)
            : _labels.TryGetValue(label, out int target) ? target - slot - 1 : throw new FormatException($"there is no label {label}");
        bool isLong = jump.Code is JumpLong or Call;
        _code[slot] = isLong ? new Instruction(jump.Code, jump.Dst, jump.Src, jump.Off, distance)
            : new Instruction(jump.Code, jump.Dst, jump.Src, checked((short)distance), jump.Imm);
    }

    private static int? Width(string name, string stem) => !name.StartsWith(stem, StringComparison.Ordinal) ? null
        : name[stem.Length..] switch
        {
            "w" => 0x00,
            "h" => 0x08,
            "b" => 0x10,
            "dw" => 0x18,
            _ => null,
        };

    private static int? Condition(string stem) => stem switch
    {
        "jeq" => 0x1,
        "jgt" => 0x2,
        "jge" => 0x3,
        "jset" => 0x4,
        "jne" => 0x5,
        "jsgt" => 0x6,
        "jsge" => 0x7,
        "jlt" => 0xa,
        "jle" => 0xb,
        "jslt" => 0xc,
        "jsle" => 0xd,
        _ => null,
    };

    private static (int Register, short Offset) Place(string operand)
    {
        string inner = operand.Trim('[', ']');
        int sign = inner.IndexOfAny(['+', '-']);
        return sign < 0 ? (Register(inner), (short)0) : (Register(inner[..sign]), checked((short)Imm(inner[sign..])));
    }

    private static int Register(string operand) =>
        operand.StartsWith("%r", StringComparison.Ordinal) && int.TryParse(operand.AsSpan(2), CultureInfo.InvariantCulture, out int number)
            && number < 16 ? number : throw new FormatException($"{operand} is no register");

    private static int Imm(string text)
    {
        long value = (long)Number(text);
        return value is >= int.MinValue and <= uint.MaxValue ? (int)value : throw new FormatException($"{text} has more than 32 bits");
    }

    private static ulong Number(string text) => text switch
    {
        ['-', .. var rest] => 0 - Unsigned(rest),
        ['+', .. var rest] => Unsigned(rest),
        _ => Unsigned(text),
    };

    private static ulong Unsigned(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static byte[] Bytes(List<string> lines) =>
        [.. Words(lines).Select(word => byte.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];

    private static string[] Words(List<string> lines) =>
        string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
