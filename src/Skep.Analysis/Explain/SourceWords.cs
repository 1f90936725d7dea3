using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Describes the origin of a value: <c>process id (bpf_get_current_pid_tgid)</c>, <c>context field filename</c>.</summary>
internal sealed class SourceWords(ProgramAnalysis analysis)
{
    private const int MaximumDepth = 3;

    private readonly Dictionary<(Value, int), string> _known = [];

    /// <summary>The words for a value.</summary>
    public string Of(in Value value, int depth = 0)
    {
        if (value.Kind == ValueKind.Constant) return Number(value.Offset);
        if (_known.TryGetValue((value, depth), out string? known)) return known;
        return _known[(value, depth)] = Words(value, depth);
    }

    private string Words(in Value value, int depth)
    {
        switch (value.Kind)
        {
            case ValueKind.Scalar when value.Origin >= 0:
                return Made(value, depth);
            case ValueKind.Scalar:
                return "one of several values";
            case ValueKind.Context:
                return "address of the context";
            case ValueKind.Map:
                return $"map {MapName(value.Id)}";
            case ValueKind.Function:
                return "address of a function of the program";
            case ValueKind.Symbol when Symbol(value.Origin) is { } symbol:
                return $"address of the kernel's {symbol}";
            case ValueKind.Kernel:
                if (value is { Origin: >= 0, Offset: 0 } && depth < MaximumDepth)
                    return Made(
                        analysis.CallAt(value.Origin)?.ArgumentOf(ArgumentRole.KernelSource) is null
                            ? Value.Scalar(value.Origin) : Value.Written(value.Origin), depth);
                return Place(value, 0, depth) is { } kernel ? $"address of {kernel}" : "an address of the kernel";
            case ValueKind.Unknown or ValueKind.Unset:
                return "a value that is not known";
            default:
                return Place(value, 0, depth) is { } place ? $"address of {place}" : "an address";
        }
    }

    /// <summary>The words for what lies at an address; null for nothing that is known.</summary>
    /// <param name="address">The address.</param>
    /// <param name="size">Bytes; 0 when it is not known.</param>
    /// <param name="depth">How many places lie around it.</param>
    public string? Place(in Value address, int size = 0, int depth = 0)
    {
        switch (address.Kind)
        {
            case ValueKind.Context:
                return address.HasOffset && analysis.Context.FieldName(address.Offset, size) is { } field
                    ? $"context field {field}" : address.HasOffset ? $"context+{Number(address.Offset)}" : "the context";
            case ValueKind.Kernel when analysis.Types[address.Id] is { } type:
                if (!address.HasOffset) return $"{type.Name} at a computed offset";
                return TypeTable.Field(type.Btf, type.Id, address.Offset, size) is { } place ? $"{type.Name}.{place.Path}"
                    : address.Offset == 0 && type.Name.Length > 0 ? type.Name : $"{type.Name}+{Number(address.Offset)}";
            case ValueKind.MapValue:
                return $"value of map {MapName(address.Id)}{MapField(address, size)}";
            case ValueKind.Packet:
                return address.HasOffset ? $"packet+{Number(address.Offset)}" : "packet";
            case ValueKind.PacketMeta:
                return "packet metadata";
            case ValueKind.PacketEnd:
                return "end of the packet";
            case ValueKind.Stack:
                return "a value of its own stack";
            case ValueKind.Record:
                return "ring buffer record";
            case ValueKind.Symbol when Symbol(address.Origin) is { } symbol:
                return symbol is "cpu_number" or "pcpu_hot" ? "CPU number" : $"the kernel's {symbol}";
            case ValueKind.Scalar when address.Origin >= 0 && address.Low == 0 && address.Left == 0:
                return depth <= MaximumDepth ? $"what {Of(address, depth + 1)} points to" : "memory";
            default:
                return null;
        }
    }

    /// <summary>
    /// The words for the place of an access. In translated code the kernel's own structures stand for the context: what is reached from
    /// their fields is the context as well (<c>convert_ctx_access</c>).
    /// </summary>
    public string? Place(in MemoryAccess access) => access.Address.Kind switch
    {
        ValueKind.Kernel when analysis.IsOfContext(access.Address) => $"context: {Place(access.Address, access.Size)}",
        ValueKind.Kernel => $"kernel memory: {Place(access.Address, access.Size)}",
        ValueKind.Symbol => $"kernel memory: {Place(access.Address, access.Size)}",
        _ => Place(access.Address, access.Size),
    };

    /// <summary>What a call writes to memory or gives back.</summary>
    public string Called(CallFact call, in Value value, int depth)
    {
        string name = call.Target?.Name ?? "an unknown function";
        bool written = value.Id == Value.WrittenByCall;
        bool upper = value.Low >= 32, lower = value.Low == 0 && value.Width <= 32;
        return name switch
        {
            "bpf_get_current_pid_tgid" =>
                upper ? $"process id ({name})" : lower ? $"thread id ({name})" : $"process id << 32 | thread id ({name})",
            "bpf_get_ns_current_pid_tgid" when written => $"process and thread id in a pid namespace ({name})",
            "bpf_get_current_uid_gid" => upper ? $"group id ({name})" : lower ? $"user id ({name})" : $"group id << 32 | user id ({name})",
            "bpf_get_current_comm" when written => $"name of the thread ({name})",
            "bpf_ktime_get_ns" => $"nanoseconds since boot without suspend ({name})",
            "bpf_ktime_get_boot_ns" => $"nanoseconds since boot ({name})",
            "bpf_get_smp_processor_id" => $"CPU number ({name})",
            "bpf_get_current_cgroup_id" => $"cgroup id ({name})",
            "bpf_get_prandom_u32" => $"random number ({name})",
            "bpf_get_stackid" => $"stack id ({name})",
            "bpf_get_stack" or "bpf_get_task_stack" when written => $"stack trace ({name})",
            _ when written && call.ArgumentOf(ArgumentRole.KernelSource) is { Kind: ValueKind.Stack } copied => Copied(call, copied, depth),
            _ when written && call.ArgumentOf(ArgumentRole.KernelSource) is { } source =>
                $"{ReadFrom(name)}: {Place(source, ReadSize(call), depth) ?? Of(source, depth + 1)} ({name})",
            _ when written && call.ArgumentOf(ArgumentRole.UserSource) is { } source => $"{UserMemory(source, depth + 1)} ({name})",
            _ when written => $"written by {name}",
            _ when call.ArgumentOf(ArgumentRole.KernelSource) is not null || call.ArgumentOf(ArgumentRole.UserSource) is not null =>
                $"length or error of {name}",
            _ => $"result of {name}",
        };
    }

    /// <summary>The words for what lies at an address of a process.</summary>
    public string UserMemory(in Value address, int depth = 0)
    {
        string text = Of(address, depth);
        return $"user memory at {(text.Contains(" memory", StringComparison.Ordinal) ? $"({text})" : text)}";
    }

    // A read of the program's own stack is a copy.
    private string Copied(CallFact call, in Value source, int depth) =>
        depth < MaximumDepth && ReadSize(call) is > 0 and var size && analysis.Peek(call.Slot)?.Frame.Load(source.Offset, size) is { } held
            && held.Kind is not (ValueKind.Unknown or ValueKind.Unset)
            ? Of(held, depth + 1) : "a value of its own stack";

    /// <summary>Bytes of a reading call; 0 when they are not known, and for strings.</summary>
    public static int ReadSize(CallFact call) =>
        call.Target?.Name is { } name && !name.EndsWith("_str", StringComparison.Ordinal)
            && call.ArgumentOf(ArgumentRole.Size) is { Kind: ValueKind.Constant, Offset: >= 0 and <= int.MaxValue } size
                ? (int)size.Offset : 0;

    /// <summary>
    /// Which memory a helper reads: of bpf_probe_read the address alone decides (bpf_probe_read_compat of kernel/trace/bpf_trace.c).
    /// </summary>
    public static string ReadFrom(string? helper) =>
        helper is "bpf_probe_read" or "bpf_probe_read_str" ? "kernel or user memory" : "kernel memory";

    /// <summary>A map's name.</summary>
    public string MapName(int map) =>
        map >= 0 && map < analysis.Code.Maps.Count ? analysis.Code.Maps[map].Label : "(given by a map of maps)";

    /// <summary>The name of a kernel variable that an instruction loads the address of.</summary>
    public string? Symbol(int slot) =>
        slot < 0 || slot >= analysis.Code.Instructions.Length
            ? null : analysis.Code.SymbolOfSlot.TryGetValue(slot, out string? named) ? named
        : analysis.Code.Form == ProgramForm.Translated
            ? analysis.Code.Kernel.Symbol(Decoder.Decode(analysis.Code.Instructions, slot).Imm64) : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Made(in Value value, int depth)
    {
        if (analysis.CallAt(value.Origin) is { } call) return Called(call, value, depth);
        if (analysis.AccessAt(value.Origin) is { } access)
        {
            if (depth > MaximumDepth) return "a value from memory";
            string place = Place(access.Address, access.Size, depth) ?? "memory at an unknown address";
            return access.Kind == AccessKind.Atomic ? $"old {place}" : place;
        }

        if (depth >= MaximumDepth || value.Origin >= analysis.Code.Instructions.Length
            || analysis.StateBefore(value.Origin) is not { } state) return "a computed number";
        DecodedInstruction item = Decoder.Decode(analysis.Code.Instructions, value.Origin);
        return item.Kind switch
        {
            OperationKind.ToBigEndian or OperationKind.ByteSwap => $"byte-swapped {Operand(state[item.Dst], depth + 1)}",
            OperationKind.ToLittleEndian => Of(state[item.Dst], depth + 1),
            OperationKind.Arithmetic when item is { AluOp: AluOp.Add, UsesSourceRegister: false, Imm: < 0 } =>
                $"{Operand(state[item.Dst], depth + 1)} - {Number(-(long)item.Imm)}",
            OperationKind.Arithmetic when Sign(item.AluOp) is { } sign =>
                $"{Operand(state[item.Dst], depth + 1)} {sign} "
                + $"{(item.UsesSourceRegister ? Operand(state[item.Src], depth + 1) : Number(item.Imm))}",
            OperationKind.Move when item.UsesSourceRegister => Of(state[item.Src], depth + 1),
            _ => "a computed number",
        };
    }

    // What is made of several parts stands in parentheses within something larger.
    private string Operand(in Value value, int depth) => InParentheses(Of(value, depth));

    internal static string InParentheses(string text)
    {
        int open = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') open++;
            else if (text[i] == ')') open--;
            else if (open == 0 && i > 0 && text[i] is '+' or '-' or '*' or '/' or '%' or '|' or '&' or '^' or '<' or '>'
                && text[i - 1] == ' ' && text.AsSpan(i).Contains(' ')) return $"({text})";
        }

        return text;
    }

    private static string? Sign(AluOp op) => op switch
    {
        AluOp.Add => "+",
        AluOp.Sub => "-",
        AluOp.Mul => "*",
        AluOp.Div => "/",
        AluOp.Mod => "%",
        AluOp.Or => "|",
        AluOp.And => "&",
        AluOp.Xor => "^",
        AluOp.Lsh => "<<",
        AluOp.Rsh or AluOp.Arsh => ">>",
        _ => null,
    };

    private string MapField(in Value address, int size)
    {
        if (!address.HasOffset) return "";
        CodeMap? map = address.Id >= 0 && address.Id < analysis.Code.Maps.Count ? analysis.Code.Maps[address.Id] : null;
        if (map is { Btf: { } btf, ValueTypeId: not 0 } && Named(btf, map.ValueTypeId, address.Offset, size) is { } path)
            return $", {path}";
        return address.Offset == 0 && (size == 0 || map?.ValueSize == (uint)size) ? "" : $"+{Number(address.Offset)}";
    }

    // A section of global variables is named by the variable.
    internal static string? Named(Skep.Bpf.Btf btf, uint type, long offset, int size)
    {
        Skep.Bpf.BtfType resolved = btf.Resolve(type);
        if (resolved.Kind != Skep.Bpf.BtfKind.DataSec) return TypeTable.Field(btf, type, offset, size)?.Path;
        foreach (Skep.Bpf.BtfSectionVariable variable in resolved.GetVariables())
        {
            if (offset < variable.Offset || offset >= variable.Offset + Math.Max(1, variable.Size)) continue;
            string name = btf[variable.TypeId].Name;
            return TypeTable.Field(btf, btf[variable.TypeId].TypeId, offset - variable.Offset, size) is { Path: { Length: > 0 } path }
                ? $"{name}{(path[0] == '[' ? "" : ".")}{path}" : name;
        }

        return null;
    }
}
