using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Inventory.Machine;
using Skep.Linux.Streams;

namespace Skep.Cli.Ui;

/// <summary><c>skep ui</c>.</summary>
internal static class UiCommand
{
    private static readonly string[] Panes = ["programs", "maps", "links", "events", "filter", "guard"];

    public static Command Create()
    {
        var live = new LiveOptions("samples", "Time from one sample to the next [default: 1s].");
        var first = new Argument<string?>("PANE")
        {
            Description = "The pane to begin with: programs, maps, links, events, filter or guard.",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = string.Join('|', Panes),
        };
        OptionValues.TakeOnly(first, Panes);
        var ui = new SkepCommand(
            "ui",
            "Shows programs, maps, links, events, packet filters and guard on a terminal.\n"
            + "Enter opens what the cursor is on: its code, what it does, its contents; h shows the keys.\n"
            + "The kernel counts runs as long as skep ui runs, and events are watched once that pane is shown.",
            new(
                "docs/ui.md",
                new("skep ui", "programs first"),
                new("skep ui events", "what BPF does now")))
        {
            first,
        };
        live.AddTo(ui);
        ui.SetAction(parsed =>
        {
            if (!Terminal.IsAvailable)
            {
                return Message.Error(
                    "filling the screen: standard input and output are no terminal that can be set up (skep top, skep watch and the "
                    + "list commands print without one)", ExitCode.Failed);
            }

            var machine = new MachineSnapshot();
            using Terminal terminal = Terminal.Open();
            using var screen = new UiScreen(
                [
                    new ProgramsPane(machine), new MapsPane(machine), new LinksPane(machine), new EventsPane(machine), new FilterPane(),
                    new GuardPane(),
                ],
                ScreenSource.IsUnicode, terminal.Wake);
            if (parsed.GetValue(first) is { } name) screen.Show(Array.IndexOf(Panes, name));
            return LiveView.Run(new ScreenSource(screen, terminal), live.Of(parsed), "the screen");
        });
        return ui;
    }
}
