using System.Text.Json;
using Skep.Debug.Dap.Variables;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger.Expressions;
using Skep.Debug.Machine;

namespace Skep.Debug.Dap;

/// <summary>The requests that look at a program that stands: frames, variables, expressions, sources.</summary>
internal sealed class Inspection(Debuggee debuggee, MessageWriter writer)
{
    private readonly MachineVariables _variables = new(debuggee.Session, debuggee.View);

    private BpfMachine Machine => debuggee.Session.Machine;

    /// <summary>Answers a request; false for one of another kind.</summary>
    public bool TryServe(Request request)
    {
        switch (request.Command)
        {
            case "threads":
                Threads(request);
                return true;
            case "stackTrace":
                StackTrace(request);
                return true;
            case "scopes":
                Scopes(request);
                return true;
            case "variables":
                Variables(request);
                return true;
            case "evaluate":
                Evaluate(request);
                return true;
            case "exceptionInfo":
                ExceptionInfo(request);
                return true;
            case "source":
                Source(request);
                return true;
            case "loadedSources":
                LoadedSources(request);
                return true;
            default:
                return false;
        }
    }

    private void Threads(Request request) => writer.Respond(request, json =>
    {
        json.WriteStartArray("threads");
        json.WriteStartObject();
        json.WriteNumber("id", Debuggee.Thread);
        json.WriteString("name", debuggee.Name);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private void StackTrace(Request request)
    {
        FrameArguments arguments = request.Arguments(RequestContext.Default.Frame);
        IReadOnlyList<MachineFrame> frames = Machine.Frames;
        int start = Math.Clamp(arguments.StartFrame, 0, frames.Count);
        int end = arguments.Levels > 0 ? Math.Min(frames.Count, start + Math.Min(arguments.Levels, frames.Count)) : frames.Count;
        writer.Respond(request, json =>
        {
            json.WriteStartArray("stackFrames");
            for (int i = start; i < end; i++) WriteFrame(json, i, frames[i]);
            json.WriteEndArray();
            json.WriteNumber("totalFrames", frames.Count);
        });
    }

    private void WriteFrame(Utf8JsonWriter json, int number, MachineFrame frame)
    {
        // A caller is shown at its call, which is the slot before the one that it goes on at.
        int slot = number == 0 ? frame.Slot : Math.Max(0, frame.Slot - 1);
        json.WriteStartObject();
        json.WriteNumber("id", number + 1);
        json.WriteString("name", NameOf(frame));
        debuggee.WritePlace(json, frame.Program == 0 ? debuggee.Session.Code.LineAt(slot) : null, isRequired: true);
        json.WriteString("instructionPointerReference", CodeAddress.Text(CodeAddress.Of(slot, frame.Program)));
        json.WriteEndObject();
    }

    // A program behind the first is one that a tail call reaches.
    private string NameOf(MachineFrame frame) => frame.Program > 0 ? Machine.Programs[frame.Program].Name
        : debuggee.Session.Code.Functions.LastOrDefault(function => function.Slot <= frame.Function)?.Name ?? debuggee.Name;

    private int FrameOf(int? id) => id is { } number && (number < 1 || number > Machine.Frames.Count)
        ? throw new RequestException($"{number} is no frame of this stop") : (id ?? 1) - 1;

    private void Scopes(Request request)
    {
        int frame = FrameOf(request.Arguments(RequestContext.Default.Frame).FrameId);
        MachinePacket? packet = Machine.PeekPacket();
        writer.Respond(request, json =>
        {
            json.WriteStartArray("scopes");
            WriteScope(json, "Registers", "registers", () => _variables.Registers(frame));
            WriteScope(json, "Stack", "locals", () => _variables.Stack(frame));
            if (packet is not null) WriteScope(json, "Packet", null, () => MachineVariables.Packet(packet));
            WriteScope(json, "Context", "arguments", _variables.Context);
            WriteScope(json, "Maps", null, _variables.Maps);
            json.WriteEndArray();
        });
    }

    private void WriteScope(Utf8JsonWriter json, string name, string? hint, Func<IEnumerable<Variable>> children)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        if (hint is not null) json.WriteString("presentationHint", hint);
        json.WriteNumber("variablesReference", debuggee.References.Add(children));
        json.WriteBoolean("expensive", false);
        json.WriteEndObject();
    }

    private void Variables(Request request)
    {
        VariableArguments arguments = request.Arguments(RequestContext.Default.Variable);
        IReadOnlyList<Variable> found = debuggee.References.Open(arguments.VariablesReference, arguments.Start, arguments.Count);
        writer.Respond(request, json =>
        {
            json.WriteStartArray("variables");
            foreach (Variable variable in found)
            {
                json.WriteStartObject();
                json.WriteString("name", variable.Name);
                json.WriteString("value", variable.Value);
                if (variable.EvaluateName is { } expression) json.WriteString("evaluateName", expression);
                WriteRest(json, variable);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private void Evaluate(Request request)
    {
        EvaluateArguments arguments = request.Arguments(RequestContext.Default.Evaluate);
        if (FrameOf(arguments.FrameId) != 0)
            throw new RequestException("expressions are of the innermost frame: choose it, or look at the registers of this one");
        if (!ExpressionParser.TryParse(arguments.Expression ?? "", out Expression? expression, out string? mistake))
            throw new RequestException(mistake);
        Variable result = _variables.Number("", debuggee.Session.Evaluate(expression));
        writer.Respond(request, json =>
        {
            json.WriteString("result", result.Value);
            WriteRest(json, result);
        });
    }

    private void WriteRest(Utf8JsonWriter json, Variable variable)
    {
        if (variable.Type is { } type) json.WriteString("type", type);
        if (variable.Address is { } address) json.WriteString("memoryReference", CodeAddress.Text(address));
        json.WriteNumber("variablesReference", debuggee.References.Add(variable.Children));
        if (variable.Count is { } count) json.WriteNumber("indexedVariables", count);
    }

    private void ExceptionInfo(Request request)
    {
        if (Machine.Fault is not { } fault) throw new RequestException("no instruction is at fault");
        writer.Respond(request, json =>
        {
            json.WriteString("exceptionId", fault.Kind.ToString());
            json.WriteString("description", fault.ToString());
            json.WriteString("breakMode", "always");
        });
    }

    private void Source(Request request)
    {
        SourceArguments arguments = request.Arguments(RequestContext.Default.Source);
        SourceArgument wanted = arguments.Source ?? new SourceArgument();
        if (arguments.SourceReference > 0) wanted = wanted with { SourceReference = arguments.SourceReference };
        string file = debuggee.Sources.Find(wanted, out string? mistake)
            ?? throw new RequestException(mistake ?? "the program has no such source");
        writer.Respond(request, json =>
        {
            json.WriteString("content", debuggee.Sources.Text(file));
            json.WriteString("mimeType", "text/x-c");
        });
    }

    private void LoadedSources(Request request) => writer.Respond(request, json =>
    {
        json.WriteStartArray("sources");
        foreach (string file in debuggee.Sources.All) debuggee.Sources.Write(json, file);
        json.WriteEndArray();
    });
}
