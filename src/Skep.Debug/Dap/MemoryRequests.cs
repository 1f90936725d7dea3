using System.Globalization;
using System.Text.Json;
using Skep.Debug.Dap.Variables;
using Skep.Debug.Dap.Wire;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Dap;

/// <summary>The requests for memory, and for the instructions as text.</summary>
internal sealed class MemoryRequests
{
    private const int MostBytes = 1 << 20, MostInstructions = 1 << 14;

    private readonly Debuggee _debuggee;
    private readonly MessageWriter _writer;
    private readonly int[] _slots;

    public MemoryRequests(Debuggee debuggee, MessageWriter writer)
    {
        (_debuggee, _writer, _slots) = (debuggee, writer, [.. debuggee.View.Slots]);
    }

    private ProgramCode Code => _debuggee.Session.Code;

    /// <summary>Answers a request; false for one of another kind.</summary>
    public bool TryServe(Request request)
    {
        switch (request.Command)
        {
            case "disassemble":
                Disassemble(request);
                return true;
            case "readMemory":
                Read(request);
                return true;
            default:
                return false;
        }
    }

    private void Disassemble(Request request)
    {
        MemoryArguments arguments = request.Arguments(RequestContext.Default.Memory);
        ulong address = unchecked(Debuggee.AddressOf(arguments.MemoryReference) + (ulong)arguments.Offset);
        if (!CodeAddress.TrySlot(address, Code.Instructions.Length, out int slot))
            throw new RequestException($"no instruction is at {CodeAddress.Text(address)}");
        if (arguments.InstructionCount is < 0 or > MostInstructions || Math.Abs((double)arguments.InstructionOffset) > MostInstructions)
            throw new RequestException($"more than {MostInstructions} instructions are asked for, or so far away");
        long first = At(slot) + arguments.InstructionOffset;
        _writer.Respond(request, json =>
        {
            CodeLine? before = null;
            json.WriteStartArray("instructions");
            for (long number = first; number < first + arguments.InstructionCount; number++)
            {
                json.WriteStartObject();
                if (number < 0 || number >= _slots.Length) WriteAbsent(json, number);
                else Write(json, (int)number, ref before);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    // The number of the instruction that a slot is of: the second slot of a wide one is no beginning.
    private int At(int slot)
    {
        int found = Array.BinarySearch(_slots, slot);
        return found >= 0 ? found : ~found - 1;
    }

    private void Write(Utf8JsonWriter json, int number, ref CodeLine? before)
    {
        int slot = _slots[number], end = number + 1 < _slots.Length ? _slots[number + 1] : Code.Instructions.Length;
        ReadOnlySpan<byte> bytes = Code.Bytes.Span[(slot * Instruction.Size)..(end * Instruction.Size)];
        json.WriteString("address", CodeAddress.Text(CodeAddress.Of(slot)));
        json.WriteString("instructionBytes", ValueTree.Hex(bytes));
        json.WriteString("instruction", string.Create(CultureInfo.InvariantCulture, $"{slot,4}: {_debuggee.View.Instruction(slot)}"));
        if (Code.FunctionName(slot) is { } function) json.WriteString("symbol", function);
        CodeLine? line = Code.LineAt(slot);
        if (line is not null && line != before) _debuggee.WritePlace(json, line with { Column = 0 }, isRequired: false);
        before = line;
    }

    // Clients want as many as they ask for, also beyond the program.
    private void WriteAbsent(Utf8JsonWriter json, long number)
    {
        long slot = number < 0 ? number : Code.Instructions.Length + number - _slots.Length;
        json.WriteString("address", CodeAddress.Text(CodeAddress.Of(slot)));
        json.WriteString("instruction", "");
        json.WriteString("presentationHint", "invalid");
    }

    private void Read(Request request)
    {
        MemoryArguments arguments = request.Arguments(RequestContext.Default.Memory);
        if (arguments.Count is < 0 or > MostBytes) throw new RequestException($"count is 0 to {MostBytes}");
        ulong address = unchecked(Debuggee.AddressOf(arguments.MemoryReference) + (ulong)arguments.Offset);
        byte[] bytes = Bytes(address, (int)arguments.Count);
        _writer.Respond(request, json =>
        {
            json.WriteString("address", CodeAddress.Text(address));
            if (bytes.Length < arguments.Count) json.WriteNumber("unreadableBytes", arguments.Count - bytes.Length);
            if (bytes.Length > 0) json.WriteBase64String("data", bytes);
        });
    }

    // As many as there are from the address on.
    private byte[] Bytes(ulong address, int count)
    {
        if (CodeAddress.TrySlot(address & ~7UL, Code.Instructions.Length, out int slot))
        {
            int at = (slot * Instruction.Size) + (int)(address & 7);
            return Code.Bytes.Slice(at, Math.Min(count, Code.Bytes.Length - at)).ToArray();
        }

        var bytes = new byte[count];
        if (_debuggee.Session.Machine.TryPeek(address, bytes)) return bytes;
        int length = 0;
        while (length < count && _debuggee.Session.Machine.TryPeek(unchecked(address + (ulong)length), bytes.AsSpan(length, 1))) length++;
        return bytes[..length];
    }
}
