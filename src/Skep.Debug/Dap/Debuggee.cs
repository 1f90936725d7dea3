using System.Text.Json;
using Skep.Debug.Dap.Variables;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Inventory.Code;

namespace Skep.Debug.Dap;

/// <summary>A program that was launched, and how the client wants to see it.</summary>
internal sealed class Debuggee(DapLaunch launch, DebugSession session, bool linesStartAt1, bool columnsStartAt1)
{
    /// <summary>The thread that clients see.</summary>
    public const int Thread = 1;

    public DapLaunch Launch => launch;

    public DebugSession Session => session;

    public SessionView View { get; } = new(session);

    public SourceFiles Sources { get; } = new(session.Code, launch.Program);

    /// <summary>What clients may open until the next stop.</summary>
    public VariableReferences References { get; } = new();

    /// <summary>The program's name.</summary>
    public string Name => session.Code.Name ?? "program";

    /// <summary>The line as BTF has it, of the client's number.</summary>
    public int LineOf(int client) => linesStartAt1 ? client : client + 1;

    /// <summary>Writes the members for a place of the source.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="line">The place; null for code without one.</param>
    /// <param name="isRequired">Whether the protocol asks for numbers of line and column also without one.</param>
    /// <param name="source">The name of the member that has the file.</param>
    public void WritePlace(Utf8JsonWriter json, CodeLine? line, bool isRequired, string source = "source")
    {
        if (line is { Line: > 0, File.Length: > 0 })
        {
            json.WritePropertyName(source);
            Sources.Write(json, line.File);
            json.WriteNumber("line", linesStartAt1 ? line.Line : line.Line - 1);
            if (isRequired || line.Column > 0) json.WriteNumber("column", Math.Max(0, columnsStartAt1 ? line.Column : line.Column - 1));
        }
        else if (isRequired)
        {
            json.WriteNumber("line", 0);
            json.WriteNumber("column", 0);
        }
    }

    /// <summary>An address that a client gives.</summary>
    /// <exception cref="RequestException">It is none.</exception>
    public static ulong AddressOf(string? reference) => CodeAddress.TryParse(reference, out ulong address)
        ? address : throw new RequestException($"'{reference}' is no address (0x... or a decimal number)");
}
