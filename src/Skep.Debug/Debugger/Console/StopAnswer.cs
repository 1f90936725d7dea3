using System.Globalization;
using System.Text.Json;
using Skep.Debug.Verify;
using Skep.Output;

namespace Skep.Debug.Debugger.Console;

/// <summary>Where a run stopped, as text and JSON.</summary>
internal static class StopAnswer
{
    public static ConsoleAnswer Of(DebugSession session, SessionView view, DebugStop stop) =>
        new(output => WriteText(output, session, view, stop), json => WriteJson(json, session, view, stop));

    private static void WriteText(TextWriter output, DebugSession session, SessionView view, DebugStop stop)
    {
        string step = Number(session.Machine.Steps), what = session.Machine.IsTimer ? "callback" : "program";
        string? head = stop.Reason switch
        {
            StopReason.Breakpoint => $"breakpoint {stop.Breakpoint!.Number}, {SafeText.Escape(stop.Breakpoint.Location)}",
            StopReason.Beginning => "the beginning of the run",
            StopReason.Limit => $"stopped after {Number(DebugSession.MostSteps)} instructions",
            StopReason.End => $"the {what} returned {view.ReturnText()} after {step} instructions",
            StopReason.Fault => $"the machine stopped: {SafeText.Escape(session.Machine.Fault!.Reason)}",
            _ => null,
        };
        if (head is not null) output.WriteLine(head);
        if (stop.Reason == StopReason.End) return;
        int slot = session.Machine.Slot;
        if (view.Source(slot) is { } source)
            output.WriteLine($"{Place(source)} in {SafeText.Escape(view.Function(slot))}: {SafeText.Escape(source.Text)}");
        output.WriteLine($"{slot,6}: {SafeText.Escape(view.Instruction(slot))}");
    }

    private static void WriteJson(Utf8JsonWriter json, DebugSession session, SessionView view, DebugStop stop)
    {
        json.WriteString("stop", stop.Reason.ToString().ToLowerInvariant());
        if (stop.Breakpoint is { } breakpoint) json.WriteNumber("breakpoint", breakpoint.Number);
        json.WriteNumber("step", session.Machine.Steps);
        if (stop.Reason == StopReason.End)
        {
            json.WriteNumber("retval", session.Machine.ReturnValue);
            json.WriteString("returned", view.ReturnText());
            return;
        }

        int slot = session.Machine.Slot;
        json.WriteNumber("insn", slot);
        json.WriteString("text", view.Instruction(slot));
        json.WriteString("function", view.Function(slot));
        json.WriteNumber("depth", session.Depth);
        if (session.Machine.Fault is { } fault)
        {
            json.WriteStartObject("fault");
            json.WriteString("kind", fault.Kind.ToString());
            json.WriteString("reason", fault.Reason);
            if (fault.Register is { } register) json.WriteString("register", $"r{Number(register)}");
            json.WriteEndObject();
        }

        if (view.Source(slot) is not { } source) return;
        json.WriteStartObject("source");
        json.WriteString("file", source.File);
        json.WriteNumber("line", source.Line);
        json.WriteString("text", source.Text);
        json.WriteEndObject();
    }

    private static string Place(SourcePlace source) =>
        SafeText.Escape(Path.GetFileName(source.File ?? "?")) + (source.Line > 0 ? $":{Number(source.Line)}" : "");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
