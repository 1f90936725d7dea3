using System.Text.Json;
using Skep.Debug.Dap.Variables;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Machine.Image;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Dap;

/// <summary>The requests for memory, and for the instructions as text.</summary>
internal sealed class MemoryRequests
{
    private const int MostBytes = 1 << 20, MostInstructions = 1 << 14;

    private readonly Debuggee _debuggee;
    private readonly MessageWriter _writer;
    private readonly CodeListing?[] _listings;

    public MemoryRequests(Debuggee debuggee, MessageWriter writer)
    {
        (_debuggee, _writer) = (debuggee, writer);
        _listings = new CodeListing?[debuggee.Session.Machine.Programs.Count];
    }

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
        if (!TryFind(address, out int program, out int slot))
            throw new RequestException($"no instruction is at {CodeAddress.Text(address)}");
        if (arguments.InstructionCount is < 0 or > MostInstructions || Math.Abs((double)arguments.InstructionOffset) > MostInstructions)
            throw new RequestException($"more than {MostInstructions} instructions are asked for, or so far away");
        CodeListing listing = _listings[program] ??= new CodeListing(_debuggee.Session, program);
        long first = listing.At(slot) + arguments.InstructionOffset;
        _writer.Respond(request, json =>
        {
            CodeLine? before = null;
            json.WriteStartArray("instructions");
            for (long number = first; number < first + arguments.InstructionCount; number++)
            {
                json.WriteStartObject();
                if (number < 0 || number >= listing.Count) WriteAbsent(json, listing.AddressOf(number));
                else Write(json, listing, (int)number, ref before);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private void Write(Utf8JsonWriter json, CodeListing listing, int number, ref CodeLine? before)
    {
        json.WriteString("address", CodeAddress.Text(listing.AddressOf(number)));
        json.WriteString("instructionBytes", ValueTree.Hex(listing.BytesOf(number).Span));
        json.WriteString("instruction", listing.TextOf(number));
        if (listing.SymbolOf(number) is { } function) json.WriteString("symbol", function);
        CodeLine? line = listing.LineOf(number);
        if (line is not null && line != before) _debuggee.WritePlace(json, line with { Column = 0 }, isRequired: false, "location");
        before = line;
    }

    // Clients want as many as they ask for, also beyond the program.
    private static void WriteAbsent(Utf8JsonWriter json, ulong address)
    {
        json.WriteString("address", CodeAddress.Text(address));
        json.WriteString("instruction", "");
        json.WriteString("presentationHint", "invalid");
    }

    private bool TryFind(ulong address, out int program, out int slot)
    {
        IReadOnlyList<ProgramImage> programs = _debuggee.Session.Machine.Programs;
        for (program = 0, slot = -1; program < programs.Count; program++)
            if (CodeAddress.TrySlot(address, programs[program].Instructions.Length, out slot, program)) return true;
        return false;
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
        if (TryFind(address & ~7UL, out int program, out int slot))
        {
            ReadOnlySpan<byte> code = Encoder.Bytes(_debuggee.Session.Machine.Programs[program].Instructions.Span);
            int at = (slot * Instruction.Size) + (int)(address & 7);
            return code.Slice(at, Math.Min(count, code.Length - at)).ToArray();
        }

        var bytes = new byte[count];
        if (_debuggee.Session.Machine.TryPeek(address, bytes)) return bytes;
        int length = 0;
        while (length < count && _debuggee.Session.Machine.TryPeek(unchecked(address + (ulong)length), bytes.AsSpan(length, 1))) length++;
        return bytes[..length];
    }
}
