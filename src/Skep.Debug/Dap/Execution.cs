using System.Text.Json;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Debug.Machine;
using Skep.Debug.Machine.State;
using Skep.Output;

namespace Skep.Debug.Dap;

/// <summary>The requests that move a program, and the events that tell where it came to.</summary>
internal sealed class Execution(Debuggee debuggee, Breakpoints breakpoints, MessageWriter writer)
{
    private const int Failed = 1;

    private bool _isBegun;
    private int _shown;

    private DebugSession Session => debuggee.Session;

    /// <summary>Whether the client was told that the program ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Answers a request and moves; false for one of another kind.</summary>
    public bool TryServe(Request request)
    {
        Func<DebugStop>? move = MoveOf(request);
        if (move is null) return false;
        if (!_isBegun) throw new RequestException("configurationDone comes first");
        bool isBack = request.Command is "stepBack" or "reverseContinue";
        if (IsOver && !isBack) throw new RequestException("the program has ended (restart it, or go back)");
        bool ends = !isBack && (Session.Machine.Status == MachineStatus.Finished
            || (Session.Machine.Status == MachineStatus.Stopped && request.Command == "continue"));
        writer.Respond(request, json =>
        {
            if (request.Command is "continue") json.WriteBoolean("allThreadsContinued", true);
        });
        IsOver = false;
        if (ends) End();
        else Report(move());
        return true;
    }

    /// <summary>Answers a request by beginning the callback of a timer that waits; the program has ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="number">The timer's number.</param>
    public void RunTimer(Request request, int number)
    {
        if (IsOver) throw new RequestException("the session has ended with the program (stopOnExit keeps it)");
        DebugStop stop = Session.RunTimer(number, out string? mistake) ?? throw new RequestException(mistake!);
        writer.Respond(request, json =>
        {
            json.WriteString("result", "");
            json.WriteNumber("variablesReference", 0);
        });
        Report(stop);
    }

    /// <summary>Goes from the first instruction, where the machine is.</summary>
    /// <param name="isDebugged">Whether it stops anywhere.</param>
    public void Begin(bool isDebugged)
    {
        (_isBegun, _shown, IsOver) = (true, 0, false);
        writer.Event("thread", json =>
        {
            json.WriteString("reason", "started");
            json.WriteNumber("threadId", Debuggee.Thread);
        });
        if (!isDebugged) Session.DeleteAll();
        if (isDebugged && debuggee.Launch.StopOnEntry) Stopped("entry");
        else if (Session.AtBreakpoint() is { } here) Report(new DebugStop(StopReason.Breakpoint, here));
        else Report(Session.Continue(), isDebugged);
    }

    /// <summary>Tells the client that the program ended.</summary>
    public void End()
    {
        if (IsOver) return;
        IsOver = true;
        writer.Event("thread", json =>
        {
            json.WriteString("reason", "exited");
            json.WriteNumber("threadId", Debuggee.Thread);
        });
        writer.Event("exited", json => json.WriteNumber("exitCode",
            Session.Machine.Status == MachineStatus.Finished ? unchecked((int)Session.Machine.ReturnValue) : Failed));
        writer.Event("terminated");
    }

    // Without source lines each instruction is a line.
    private Func<DebugStop>? MoveOf(Request request)
    {
        if (request.Command is not ("continue" or "next" or "stepIn" or "stepOut" or "stepBack" or "reverseContinue")) return null;
        bool byInstruction = request.Arguments(RequestContext.Default.Step).Granularity == "instruction"
            || Session.Code.Lines.Count == 0 || !Session.IsInside;
        return request.Command switch
        {
            "continue" => Session.Continue,
            "reverseContinue" => Session.Breakpoints.Count == 0 ? ToBeginning : Session.ContinueBack,
            "next" => byInstruction ? () => Session.Step(StepKind.InstructionOver) : () => ToLine(Session.Step, StepKind.LineOver),
            "stepIn" => byInstruction ? () => Session.Step(StepKind.Instruction) : () => ToLine(Session.Step, StepKind.Line),
            "stepOut" => () => Session.Step(StepKind.Out),
            _ => byInstruction ? () => Session.StepBack(StepKind.InstructionOver) : () => ToLine(Session.StepBack, StepKind.LineOver),
        };
    }

    // Without looking for breakpoints on the way.
    private DebugStop ToBeginning()
    {
        Session.GoTo(0);
        return new DebugStop(StopReason.Beginning);
    }

    // A compiler gives line 0 to what it adds: that is not the line of anything.
    private DebugStop ToLine(Func<StepKind, DebugStop> step, StepKind kind)
    {
        DebugStop stop;
        do stop = step(kind);
        while (stop.Reason == StopReason.Step && Session.Line is { Line: 0 });
        return stop;
    }

    private void Report(DebugStop stop, bool isDebugged = true)
    {
        debuggee.References.Clear();
        ShowEvents();
        switch (stop.Reason)
        {
            case StopReason.End:
                string verdict = debuggee.View.ReturnText();
                string what = Session.Machine.IsTimer ? "the callback" : debuggee.Name;
                writer.Output("console", $"{what} returned {verdict} after {Session.Machine.Steps} instructions");
                if (isDebugged && debuggee.Launch.StopOnExit) Stopped("exit", $"Returned {verdict}");
                else End();
                break;
            case StopReason.Fault:
                string fault = Session.Machine.Fault?.ToString() ?? "";
                writer.Output("stderr", fault);
                if (isDebugged) Stopped("exception", "Fault", fault);
                else End();
                break;
            case StopReason.Limit:
                Stopped("pause", $"{DebugSession.MostSteps} instructions were done");
                break;
            case StopReason.Beginning:
                Stopped("entry", "The beginning of the run");
                break;
            case StopReason.Breakpoint when stop.Breakpoint is { } reached:
                Stopped(breakpoints.ReasonOf(reached), breakpoint: reached);
                break;
            default:
                Stopped("step");
                break;
        }
    }

    private void Stopped(string reason, string? description = null, string? text = null, Breakpoint? breakpoint = null) =>
        writer.Event("stopped", json =>
        {
            json.WriteString("reason", reason);
            if (description is not null) json.WriteString("description", description);
            if (text is not null) json.WriteString("text", text);
            json.WriteNumber("threadId", Debuggee.Thread);
            json.WriteBoolean("allThreadsStopped", true);
            if (breakpoint is null) return;
            json.WriteStartArray("hitBreakpointIds");
            json.WriteNumberValue(breakpoint.Number);
            json.WriteEndArray();
        });

    // Once each: who goes back and on again has seen them.
    private void ShowEvents()
    {
        IReadOnlyList<MachineEvent> events = Session.Machine.Events;
        for (; _shown < events.Count; _shown++) writer.Output("stdout", SafeText.EscapeLines(SessionView.Event(events[_shown])));
    }
}
